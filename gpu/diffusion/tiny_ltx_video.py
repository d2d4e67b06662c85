"""LTX-2.3 with a few thousand random weights, for tests. It has the real model's flags and its real compression (32 x
32 x 8 for the picture, 4 x 4 for the sound), so that frames, latents and lengths are the real ones."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE
from safetensors.torch import save_file
from transformers import Gemma3Config, Gemma3ForConditionalGeneration, GemmaTokenizer

from ltx_weights import GEMMA, RIFE, STAGE_2_LORA, UPSAMPLER
from tiny_rife import save_tiny_rife

LAYERS = 2
TEXT_SIZE = 32
VIDEO_HEADS = {"num_attention_heads": 2, "attention_head_dim": 16}
AUDIO_HEADS = {"audio_num_attention_heads": 2, "audio_attention_head_dim": 8}
LATENT_CHANNELS = 4
MEL_BINS = 8
# The smallest film with two whole latents in each direction.
WIDTH, HEIGHT, FPS, FRAMES = 96, 64, 24, 17


def tiny_params(**changes: Any) -> dict[str, Any]:
    """A job's parameters; without further changes the film has the frames that are sampled."""
    params = {
        "prompt": "a robot dances",
        "width": WIDTH,
        "height": HEIGHT,
        "seed": 1,
        "sampledFps": FPS,
        "durationFrames": FRAMES,
        "interpolationFps": 0,
        "outputFps": changes.get("sampledFps", FPS),
        "outputFrames": changes.get("durationFrames", FRAMES),
        "numInferenceSteps": 2,
        "extremeQuality": False,
        "startFrameImagePath": None,
        "overlapFrameImagePaths": [],
        "finalFrameImagePath": None,
        "referenceAudioPath": None,
    }
    return {**params, **changes}


def save_tiny_ltx_video(folder: Path, *, with_rife: bool = True) -> None:
    """Writes the model's folder as its manifest brings it."""
    torch.manual_seed(0)
    transformer = tiny_transformer()
    LTX2Pipeline(
        transformer=transformer,
        vae=tiny_vae(),
        audio_vae=tiny_audio_vae(),
        vocoder=tiny_vocoder(),
        connectors=tiny_connectors(),
        text_encoder=None,
        tokenizer=None,
        scheduler=FlowMatchEulerDiscreteScheduler(
            base_shift=0.95, max_shift=2.05, shift_terminal=0.1, use_dynamic_shifting=True
        ),
    ).save_pretrained(str(folder))
    text_encoder, tokenizer = tiny_text_encoder()
    text_encoder.save_pretrained(str(folder / GEMMA))
    tokenizer.save_pretrained(str(folder / GEMMA))
    save_tiny_upsampler(folder / UPSAMPLER)
    save_tiny_lora(folder / STAGE_2_LORA, transformer)
    if with_rife:
        save_tiny_rife(folder / RIFE)


def tiny_text_encoder() -> tuple[Gemma3ForConditionalGeneration, GemmaTokenizer]:
    """Gemma 3, one token a byte."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>"]
    words += ["<image_soft_token>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"abcdefghijklmnopqrstuvwxyz"]
    tokenizer = GemmaTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[], padding_side="left")
    layers = {"intermediate_size": 32, "num_attention_heads": 2}
    config = Gemma3Config(
        text_config={
            **layers,
            "hidden_size": TEXT_SIZE,
            "num_hidden_layers": LAYERS,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 2048,
            "sliding_window": 32,
            "query_pre_attn_scalar": 16,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "bos_token_id": 2,
        },
        vision_config={**layers, "hidden_size": 16, "num_hidden_layers": 1, "image_size": 28, "patch_size": 14},
        mm_tokens_per_image=4,
        boi_token_index=7,
        eoi_token_index=6,
        image_token_index=8,
        eos_token_id=1,
    )
    return Gemma3ForConditionalGeneration(config), tokenizer


def tiny_transformer() -> LTX2VideoTransformer3DModel:
    return LTX2VideoTransformer3DModel(
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        audio_in_channels=4,
        audio_out_channels=4,
        patch_size=1,
        patch_size_t=1,
        **VIDEO_HEADS,
        **AUDIO_HEADS,
        cross_attention_dim=32,
        audio_cross_attention_dim=16,
        num_layers=LAYERS,
        caption_channels=TEXT_SIZE,
        qk_norm="rms_norm_across_heads",
        rope_double_precision=True,
        rope_type="split",
        gated_attn=True,
        cross_attn_mod=True,
        audio_gated_attn=True,
        audio_cross_attn_mod=True,
        use_prompt_embeddings=False,
        perturbed_attn=True,
    )


def tiny_connectors() -> LTX2TextConnectors:
    video = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 1, "num_learnable_registers": 8}
    audio = {**video, "attention_head_dim": 8}
    return LTX2TextConnectors(
        caption_channels=TEXT_SIZE,
        text_proj_in_factor=LAYERS + 1,
        **{f"video_connector_{name}": value for name, value in video.items()},
        **{f"audio_connector_{name}": value for name, value in audio.items()},
        connector_rope_base_seq_len=32,
        rope_theta=10000.0,
        rope_double_precision=True,
        causal_temporal_positioning=False,
        rope_type="split",
        video_gated_attn=True,
        audio_gated_attn=True,
        per_modality_projections=True,
        video_hidden_dim=32,
        audio_hidden_dim=16,
        proj_bias=True,
    )


def tiny_vae() -> AutoencoderKLLTX2Video:
    return AutoencoderKLLTX2Video(
        latent_channels=LATENT_CHANNELS,
        block_out_channels=(8, 16, 32, 32),
        decoder_block_out_channels=(4, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True,) * 4,
        decoder_spatio_temporal_scaling=(True,) * 4,
        decoder_inject_noise=(False,) * 5,
        upsample_type=("spatiotemporal", "spatiotemporal", "temporal", "spatial"),
        upsample_residual=(False,) * 4,
        upsample_factor=(2, 2, 1, 2),
        encoder_causal=True,
        decoder_causal=False,
        # The real decoder's "reflect" needs latents of more than one pixel.
        encoder_spatial_padding_mode="zeros",
        decoder_spatial_padding_mode="zeros",
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )


def tiny_audio_vae() -> AutoencoderKLLTX2Audio:
    return AutoencoderKLLTX2Audio(
        base_channels=4,
        output_channels=2,
        ch_mult=(1, 1, 1),
        num_res_blocks=1,
        in_channels=2,
        resolution=32,
        latent_channels=2,
        norm_type="pixel",
        causality_axis="height",
        sample_rate=16000,
        mel_hop_length=160,
        is_causal=True,
        mel_bins=MEL_BINS,
    )


def tiny_vocoder() -> LTX2VocoderWithBWE:
    """16 kHz, and then widened to 48 kHz."""
    first = {
        "in_channels": 2 * MEL_BINS,
        "out_channels": 2,
        "resnet_kernel_sizes": [3],
        "resnet_dilations": [[1, 3, 5]],
        "act_fn": "snakebeta",
        "antialias": True,
        "final_act_fn": None,
        "final_bias": False,
    }
    return LTX2VocoderWithBWE(
        **first,
        hidden_channels=64,
        upsample_kernel_sizes=[11, 4, 4, 4, 4, 4],
        upsample_factors=[5, 2, 2, 2, 2, 2],
        **{f"bwe_{name}": value for name, value in first.items()},
        bwe_hidden_channels=32,
        bwe_upsample_kernel_sizes=[12, 11, 4, 4, 4],
        bwe_upsample_factors=[6, 5, 2, 2, 2],
        filter_length=512,
        hop_length=80,
        window_length=512,
        num_mel_channels=MEL_BINS,
        input_sampling_rate=16000,
        output_sampling_rate=48000,
    )


def save_tiny_upsampler(path: Path) -> None:
    sizes = {"in_channels": LATENT_CHANNELS, "mid_channels": 32, "num_blocks_per_stage": 1, "dims": 3}
    model = LTX2LatentUpsamplerModel(**sizes, use_rational_resampler=False)
    written = {**sizes, "spatial_upsample": True, "temporal_upsample": False, "spatial_scale": 2.0}
    path.parent.mkdir(parents=True)
    save_file(model.state_dict(), path, {"config": json.dumps({**written, "rational_resampler": False})})


def save_tiny_lora(path: Path, transformer: LTX2VideoTransformer3DModel) -> None:
    """A change of the first block's attention, under the names that Lightricks' own LoRA files use."""
    width = transformer.transformer_blocks[0].attn1.to_q.weight.shape[0]
    name = "diffusion_model.transformer_blocks.0.attn1.to_q"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f"{name}.lora_A.weight": torch.randn(2, width), f"{name}.lora_B.weight": torch.randn(width, 2)}, path)
