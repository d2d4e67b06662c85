"""LTX-2.3 in its real size, without numbers, for tests. The sizes are those of diffusers'
scripts/convert_ltx2_to_diffusers.py for version 2.3 (at 58eb52c), and of Gemma 3 12B's config.json.
"""

from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2LatentUpsamplePipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2VocoderWithBWE
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

from kt_testing.meta_memory import on_meta
from ltx_pipeline import PinnedPipeline

# Lightricks' own file of the LoRA: its bytes are those of rank 384 (or a layer's side, where that is less) for every
# linear layer of the transformer.
LORA_RANK: Final = 384
UPSAMPLER_SIZES: Final = {
    **{"in_channels": 128, "mid_channels": 1024, "num_blocks_per_stage": 4, "dims": 3},
    **{"spatial_upsample": True, "temporal_upsample": False},
}
_SCHEDULER: Final = {
    **{"use_dynamic_shifting": True, "base_shift": 0.95, "max_shift": 2.05, "shift_terminal": 0.1},
    **{"base_image_seq_len": 1024, "max_image_seq_len": 4096},
}
_TRANSFORMER: Final[dict[str, Any]] = {
    **{"in_channels": 128, "out_channels": 128, "num_attention_heads": 32, "attention_head_dim": 128},
    **{"cross_attention_dim": 4096, "gated_attn": True, "cross_attn_mod": True},
    **{"audio_in_channels": 128, "audio_out_channels": 128, "audio_num_attention_heads": 32},
    **{"audio_attention_head_dim": 64, "audio_cross_attention_dim": 2048, "audio_gated_attn": True},
    **{"audio_cross_attn_mod": True, "num_layers": 48, "qk_norm": "rms_norm_across_heads", "caption_channels": 3840},
    **{"rope_double_precision": True, "rope_type": "split", "use_prompt_embeddings": False, "perturbed_attn": True},
}
_CONNECTORS: Final[dict[str, Any]] = {
    **{"caption_channels": 3840, "text_proj_in_factor": 49, "per_modality_projections": True, "proj_bias": True},
    **{"video_connector_num_attention_heads": 32, "video_connector_attention_head_dim": 128},
    **{"video_connector_num_layers": 8, "video_connector_num_learnable_registers": 128, "video_gated_attn": True},
    **{"audio_connector_num_attention_heads": 32, "audio_connector_attention_head_dim": 64},
    **{"audio_connector_num_layers": 8, "audio_connector_num_learnable_registers": 128, "audio_gated_attn": True},
    **{"connector_rope_base_seq_len": 4096, "rope_theta": 10000.0, "rope_double_precision": True},
    **{"causal_temporal_positioning": False, "rope_type": "split", "video_hidden_dim": 4096, "audio_hidden_dim": 2048},
}
_VAE: Final[dict[str, Any]] = {
    **{"latent_channels": 128, "block_out_channels": (256, 512, 1024, 1024)},
    **{"decoder_block_out_channels": (256, 512, 512, 1024), "layers_per_block": (4, 6, 4, 2, 2)},
    **{"decoder_layers_per_block": (4, 6, 4, 2, 2), "spatio_temporal_scaling": (True,) * 4},
    **{"decoder_spatio_temporal_scaling": (True,) * 4, "decoder_inject_noise": (False,) * 5},
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_type": ("spatiotemporal", "spatiotemporal", "temporal", "spatial"),
    **{"upsample_residual": (False,) * 4, "upsample_factor": (2, 2, 1, 2), "timestep_conditioning": False},
    **{"encoder_causal": True, "decoder_causal": False, "patch_size": 4, "patch_size_t": 1},
    **{"encoder_spatial_padding_mode": "zeros", "decoder_spatial_padding_mode": "zeros"},
    **{"spatial_compression_ratio": 32, "temporal_compression_ratio": 8},
}
_AUDIO_VAE: Final[dict[str, Any]] = {
    **{"base_channels": 128, "output_channels": 2, "ch_mult": (1, 2, 4), "num_res_blocks": 2, "in_channels": 2},
    **{"resolution": 256, "latent_channels": 8, "norm_type": "pixel", "causality_axis": "height"},
    **{"sample_rate": 16000, "mel_hop_length": 160, "is_causal": True, "mel_bins": 64, "double_z": True},
}
_VOICE: Final[dict[str, Any]] = {
    **{"in_channels": 128, "out_channels": 2, "resnet_kernel_sizes": [3, 7, 11]},
    **{"resnet_dilations": [[1, 3, 5]] * 3, "act_fn": "snakebeta", "antialias": True},
    **{"final_act_fn": None, "final_bias": False},
}
_VOCODER: Final[dict[str, Any]] = {
    **_VOICE,
    **{"hidden_channels": 1536, "upsample_kernel_sizes": [11, 4, 4, 4, 4, 4], "upsample_factors": [5, 2, 2, 2, 2, 2]},
    **{f"bwe_{name}": value for name, value in _VOICE.items()},
    **{"bwe_hidden_channels": 512, "bwe_upsample_kernel_sizes": [12, 11, 4, 4, 4]},
    **{"bwe_upsample_factors": [6, 5, 2, 2, 2], "filter_length": 512, "hop_length": 80, "window_length": 512},
    **{"num_mel_channels": 64, "input_sampling_rate": 16000, "output_sampling_rate": 48000},
}
_GEMMA_TEXT: Final[dict[str, Any]] = {
    **{"hidden_size": 3840, "intermediate_size": 15360, "num_hidden_layers": 48, "num_attention_heads": 16},
    **{"num_key_value_heads": 8, "head_dim": 256, "vocab_size": 262208, "sliding_window": 1024},
}
_GEMMA_VISION: Final[dict[str, Any]] = {
    **{"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
    **{"image_size": 896, "patch_size": 14},
}


class FirstStepAlways(FlowMatchEulerDiscreteScheduler):
    """Looks for no step by its time: on `meta` times have no values."""

    def index_for_timestep(self, timestep: Any, schedule_timesteps: Any = None) -> int:
        return 0


def full_size_pipeline(layers: int = _TRANSFORMER["num_layers"]) -> PinnedPipeline:
    """Without the text encoder, whose output depends on values in places. With fewer `layers` the transformer is as
    wide, and takes as much memory to run, but less time."""
    pipeline = PinnedPipeline(
        transformer=on_meta(lambda: LTX2VideoTransformer3DModel(**{**_TRANSFORMER, "num_layers": layers})),
        vae=on_meta(lambda: AutoencoderKLLTX2Video(**_VAE)),
        audio_vae=on_meta(lambda: AutoencoderKLLTX2Audio(**_AUDIO_VAE)),
        vocoder=on_meta(lambda: LTX2VocoderWithBWE(**_VOCODER)),
        connectors=on_meta(lambda: LTX2TextConnectors(**_CONNECTORS)),
        text_encoder=None,
        tokenizer=None,
        scheduler=FirstStepAlways(**_SCHEDULER),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def full_size_upsampler(pipeline: PinnedPipeline) -> LTX2LatentUpsamplePipeline:
    model = on_meta(
        lambda: LTX2LatentUpsamplerModel(**UPSAMPLER_SIZES, rational_spatial_scale=2.0, use_rational_resampler=False)
    )
    return LTX2LatentUpsamplePipeline(vae=pipeline.vae, latent_upsampler=model)


def full_size_text_encoder() -> Gemma3ForConditionalGeneration:
    config = Gemma3Config(text_config=_GEMMA_TEXT, vision_config=_GEMMA_VISION, mm_tokens_per_image=256)
    return on_meta(lambda: Gemma3ForConditionalGeneration(config))


def lora_bytes(transformer: torch.nn.Module) -> int:
    layers = [layer for layer in transformer.modules() if isinstance(layer, torch.nn.Linear)]
    sides = [(layer.in_features, layer.out_features) for layer in layers]
    return 2 * sum(min(LORA_RANK, *side) * sum(side) for side in sides)
