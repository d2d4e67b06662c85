"""The second stage's LoRA, under the names that Lightricks gives the layers: for every linear layer, as its file has it
(test_full_size_ltx.py), of the rank or of the layer's side, where that is less."""

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file

from ltx_weights import STAGE_2_LORA, load_pipeline
from tiny_ltx_video import save_tiny_ltx_video, tiny_transformer

RANK: Final = 20
# diffusers' names and theirs, by its scripts/convert_ltx2_to_diffusers.py; the rest is the same.
ORIGINAL: Final = {
    "audio_proj_in": "audio_patchify_proj",
    "proj_in": "patchify_proj",
    "audio_time_embed": "audio_adaln_single",
    "time_embed": "adaln_single",
    "av_cross_attn_video_scale_shift": "av_ca_video_scale_shift_adaln_single",
    "av_cross_attn_video_a2v_gate": "av_ca_a2v_gate_adaln_single",
    "av_cross_attn_audio_scale_shift": "av_ca_audio_scale_shift_adaln_single",
    "av_cross_attn_audio_v2a_gate": "av_ca_v2a_gate_adaln_single",
    "audio_prompt_adaln": "audio_prompt_adaln_single",
    "prompt_adaln": "prompt_adaln_single",
}


def original_name(name: str) -> str:
    first, _, rest = name.partition(".")
    return ".".join(part for part in (ORIGINAL.get(first, first), rest) if part)


def test_every_linear_layer_of_the_transformer_takes_its_part(tmp_path: Path) -> None:
    save_tiny_ltx_video(tmp_path, with_rife=False)
    layers = {name: m for name, m in tiny_transformer().named_modules() if isinstance(m, torch.nn.Linear)}
    tensors = {}
    for name, layer in layers.items():
        rank = min(RANK, layer.in_features, layer.out_features)
        key = f"diffusion_model.{original_name(name)}"
        tensors[f"{key}.lora_A.weight"] = torch.randn(rank, layer.in_features)
        tensors[f"{key}.lora_B.weight"] = torch.randn(layer.out_features, rank)
    save_file(tensors, tmp_path / STAGE_2_LORA)
    transformer = load_pipeline(tmp_path, torch.float32).transformer
    found = {name: module for name, module in transformer.named_modules() if hasattr(module, "lora_A")}
    assert found.keys() == layers.keys()
    for name, module in found.items():
        [up] = module.lora_B.values()
        assert torch.equal(up.weight, tensors[f"diffusion_model.{original_name(name)}.lora_B.weight"])
        # Strength 1, whatever the rank.
        assert set(module.scaling.values()) == {1.0}
