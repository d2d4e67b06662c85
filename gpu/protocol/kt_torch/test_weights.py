from pathlib import Path

import pytest
import torch
from diffusers import QwenImageTransformer2DModel
from safetensors.torch import load_file, save_file

from kt_protocol import ModelBroken
from kt_torch.weights import load_whole

TINY = {"num_layers": 1, "attention_head_dim": 16, "num_attention_heads": 1, "joint_attention_dim": 16}


def test_a_missing_tensor_is_refused_which_the_library_would_fill_with_noise(tmp_path: Path) -> None:
    model = QwenImageTransformer2DModel(in_channels=16, out_channels=4, axes_dims_rope=(8, 4, 4), **TINY)
    model.save_pretrained(tmp_path)
    loaded = load_whole(QwenImageTransformer2DModel, tmp_path, dtype=torch.bfloat16)
    assert loaded.dtype == torch.bfloat16
    file = tmp_path / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    del weights["img_in.bias"]
    save_file(weights, file)
    with pytest.raises(ModelBroken, match=r"img_in\.bias"):
        load_whole(QwenImageTransformer2DModel, tmp_path)
