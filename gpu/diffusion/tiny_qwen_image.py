"""Folders with the layout of the Qwen-Image repositories and tiny random weights, for tests: they make noise, in the
right size and with the real code. The VAE has three halvings, so its factor is 8 as the real one's."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageEditPlusPipeline,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
    Qwen2VLVideoProcessor,
)

MARKS = ("endoftext", "im_start", "im_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad")
HEADS, HEAD_WIDTH, LAYERS = 3, 16, 2


def save_text_to_image(folder: Path) -> None:
    """As Qwen/Qwen-Image-2512."""
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    QwenImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=make_vae(),
        text_encoder=make_text_encoder(tokenizer),
        tokenizer=tokenizer,
        transformer=make_transformer(zero_cond_t=False),
    ).save_pretrained(folder)


def save_edit_plus(folder: Path) -> None:
    """As Qwen/Qwen-Image-Edit-2511."""
    torch.manual_seed(1)
    tokenizer = make_tokenizer()
    QwenImageEditPlusPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=make_vae(),
        text_encoder=make_text_encoder(tokenizer),
        tokenizer=tokenizer,
        processor=make_processor(tokenizer),
        transformer=make_transformer(zero_cond_t=True),
    ).save_pretrained(folder)


def save_references(folder: Path) -> None:
    """The two parts of Qwen/Qwen-Image-Edit-2511 that Qwen-Image lacks."""
    torch.manual_seed(1)
    make_transformer(zero_cond_t=True).save_pretrained(folder / "transformer")
    make_processor(make_tokenizer()).save_pretrained(folder / "processor")


def save_lightning(folder: Path, *, strength: float = 0.5) -> None:
    """A LoRA with the names of lightx2v's files, strong enough to be seen."""
    torch.manual_seed(2)
    width = HEADS * HEAD_WIDTH
    weights = {}
    for layer in range(LAYERS):
        for name in ("to_q", "to_k", "to_v", "to_out.0"):
            prefix = f"transformer_blocks.{layer}.attn.{name}"
            weights[f"{prefix}.lora_down.weight"] = torch.randn(4, width) * strength
            weights[f"{prefix}.lora_up.weight"] = torch.randn(width, 4) * strength
            weights[f"{prefix}.alpha"] = torch.tensor(4.0)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "Qwen-Image-Lightning-4steps.safetensors"
    # Not written over: a runner may have mapped it into its memory.
    file.unlink(missing_ok=True)
    save_file(weights, file)


def make_tokenizer() -> Qwen2Tokenizer:
    """One token a byte, and the marks of the templates."""
    marks = [f"<|{mark}|>" for mark in MARKS]
    words = [*marks, *sorted(ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[])
    tokenizer.add_special_tokens({"extra_special_tokens": marks})
    return tokenizer


def make_processor(tokenizer: Qwen2Tokenizer) -> Qwen2VLProcessor:
    return Qwen2VLProcessor(
        image_processor=Qwen2VLImageProcessor(), tokenizer=tokenizer, video_processor=Qwen2VLVideoProcessor()
    )


def make_transformer(*, zero_cond_t: bool) -> QwenImageTransformer2DModel:
    return QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=LAYERS,
        attention_head_dim=HEAD_WIDTH,
        num_attention_heads=HEADS,
        joint_attention_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
        zero_cond_t=zero_cond_t,
    )


def make_vae() -> AutoencoderKLQwenImage:
    return AutoencoderKLQwenImage(
        base_dim=24,
        z_dim=4,
        dim_mult=[1, 2, 4, 4],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )


def make_text_encoder(tokenizer: Qwen2Tokenizer) -> Qwen2_5_VLForConditionalGeneration:
    number = tokenizer.convert_tokens_to_ids
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "vocab_size": len(tokenizer),
            "rope_theta": 1_000_000.0,
            "max_position_embeddings": 4096,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "fullatt_block_indexes": [1],
        },
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        vision_token_id=number("<|vision_pad|>"),
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
    )
    return Qwen2_5_VLForConditionalGeneration(config).eval()
