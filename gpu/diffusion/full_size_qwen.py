"""Qwen-Image-2512 and Qwen-Image-Edit-2511 in their real size, without numbers, for tests. The transformer's and VAE's
sizes are diffusers' defaults, written down after the real ones; the text encoder's are Qwen2.5-VL-7B's config.json.
"""

from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageEditPlusPipeline,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from full_size_ltx import FirstStepAlways
from kt_testing.meta_memory import on_meta
from tiny_qwen_image import make_processor, make_tokenizer

LAYERS: Final = 60
LORA_RANK: Final = 64
# What lightx2v's LoRAs change in each block: their files' bytes are those of these layers.
LORA_LAYERS: Final = (
    *(f"attn.{name}" for name in ("to_q", "to_k", "to_v", "to_out.0")),
    *(f"attn.{name}" for name in ("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")),
    *(f"{side}_{name}" for side in ("img", "txt") for name in ("mlp.net.0.proj", "mlp.net.2")),
)
_TEXT: Final[dict[str, Any]] = {
    **{"hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28},
    **{"num_key_value_heads": 4, "vocab_size": 152064, "tie_word_embeddings": False},
}
_VISION: Final[dict[str, Any]] = {
    **{"depth": 32, "hidden_size": 1280, "out_hidden_size": 3584, "intermediate_size": 3420, "num_heads": 16},
}
# Of the repositories' scheduler/scheduler_config.json.
_SCHEDULER: Final = {
    **{"base_shift": 0.5, "max_shift": 0.9, "base_image_seq_len": 256, "max_image_seq_len": 8192},
    **{"use_dynamic_shifting": True, "shift_terminal": 0.02, "time_shift_type": "exponential"},
}


def full_size_transformer(layers: int = LAYERS, *, edits: bool = False) -> QwenImageTransformer2DModel:
    return on_meta(lambda: QwenImageTransformer2DModel(num_layers=layers, zero_cond_t=edits))


def full_size_vae() -> AutoencoderKLQwenImage:
    return on_meta(AutoencoderKLQwenImage)


def full_size_text_encoder() -> Qwen2_5_VLForConditionalGeneration:
    config = Qwen2_5_VLConfig(text_config=_TEXT, vision_config=_VISION, tie_word_embeddings=False)
    return on_meta(lambda: Qwen2_5_VLForConditionalGeneration(config))


class WithoutText(QwenImagePipeline):
    """Reads no text and draws no picture: both depend on values."""

    def encode_prompt(self, *_: Any, **__: Any) -> tuple[torch.Tensor, None]:
        return torch.empty(1, 1024, 3584, device="meta", dtype=torch.bfloat16), None


class EditsWithoutText(QwenImageEditPlusPipeline):
    def encode_prompt(self, *_: Any, **__: Any) -> tuple[torch.Tensor, None]:
        # With a picture of 384 x 384 pixels there are 196 tokens more.
        return torch.empty(1, 1024, 3584, device="meta", dtype=torch.bfloat16), None


def full_size_pipeline(layers: int, *, edits: bool) -> QwenImagePipeline | QwenImageEditPlusPipeline:
    """With fewer layers than the real one's 60 the transformer is as wide, and takes as much memory to run."""
    tokenizer = make_tokenizer()
    parts: dict[str, Any] = {
        "scheduler": FirstStepAlways(**_SCHEDULER),
        "vae": full_size_vae(),
        "text_encoder": None,
        "tokenizer": tokenizer,
        "transformer": full_size_transformer(layers, edits=edits),
    }
    pipeline = EditsWithoutText(**parts, processor=make_processor(tokenizer)) if edits else WithoutText(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def lora_bytes(transformer: QwenImageTransformer2DModel) -> int:
    """Raises `AttributeError` where a layer has another name."""
    layers = [block.get_submodule(name) for block in transformer.transformer_blocks for name in LORA_LAYERS]
    return 2 * LORA_RANK * sum(layer.in_features + layer.out_features for layer in layers)


def real_scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(**_SCHEDULER)
