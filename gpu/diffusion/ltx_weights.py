"""Where the parts of LTX-2.3 lie in the model's folder, and loading them. The manifest is `models/ltx-video.toml`."""

import json
from pathlib import Path
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
from safetensors import safe_open
from transformers import AutoTokenizer, Gemma3ForConditionalGeneration

from kt_torch.weights import load_whole
from ltx_pipeline import PinnedPipeline
from rife import Rife, load_rife

# The text encoder and its tokenizer, in half the bytes of the copy that lies beside the transformer.
GEMMA: Final = Path("gemma")
# Lightricks' own files.
UPSAMPLER: Final = Path("two-stage", "ltx-2.3-spatial-upscaler-x2-1.1.safetensors")
STAGE_2_LORA: Final = Path("two-stage", "ltx-2.3-22b-distilled-lora-384-1.1.safetensors")
RIFE: Final = Path("rife", "flownet.pkl")

STAGE_2_ADAPTER: Final = "stage_2"


def load_pipeline(folder: Path, dtype: torch.dtype) -> PinnedPipeline:
    """The pipeline with the second stage's LoRA in place and switched off."""

    def load(cls: Any, part: str | Path) -> torch.nn.Module:
        return load_whole(cls, folder / part, dtype=dtype).eval().requires_grad_(False)

    pipeline = PinnedPipeline(
        transformer=load(LTX2VideoTransformer3DModel, "transformer"),
        vae=load(AutoencoderKLLTX2Video, "vae"),
        audio_vae=load(AutoencoderKLLTX2Audio, "audio_vae"),
        vocoder=load(LTX2VocoderWithBWE, "vocoder"),
        connectors=load(LTX2TextConnectors, "connectors"),
        text_encoder=load(Gemma3ForConditionalGeneration, GEMMA),
        # The pipeline reads the side before it sets it.
        tokenizer=AutoTokenizer.from_pretrained(str(folder / GEMMA), padding_side="left", local_files_only=True),
        scheduler=FlowMatchEulerDiscreteScheduler.from_pretrained(str(folder / "scheduler"), local_files_only=True),
    )
    lora = folder / STAGE_2_LORA
    pipeline.load_lora_weights(
        str(lora.parent), weight_name=lora.name, adapter_name=STAGE_2_ADAPTER, local_files_only=True
    )
    pipeline.disable_lora()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load_upsampler(folder: Path, pipeline: PinnedPipeline, dtype: torch.dtype) -> LTX2LatentUpsamplePipeline:
    """The file holds the parameters under the library's names, and the sizes as JSON in its header."""
    with safe_open(folder / UPSAMPLER, framework="pt") as file:
        sizes = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name).to(dtype) for name in file.keys()}  # noqa: SIM118 - no mapping
    # What the header leaves out is what Lightricks' own loader (ltx_core, LatentUpsamplerConfigurator) takes for it.
    model = LTX2LatentUpsamplerModel(
        in_channels=sizes.get("in_channels", 128),
        mid_channels=sizes.get("mid_channels", 512),
        num_blocks_per_stage=sizes.get("num_blocks_per_stage", 4),
        dims=sizes.get("dims", 3),
        spatial_upsample=sizes.get("spatial_upsample", True),
        temporal_upsample=sizes.get("temporal_upsample", False),
        rational_spatial_scale=sizes.get("spatial_scale", 2.0),
        use_rational_resampler=sizes.get("rational_resampler", False),
    )
    # The tensors themselves, and not their values: so the model gets their type.
    model.load_state_dict(tensors, assign=True)
    return LTX2LatentUpsamplePipeline(vae=pipeline.vae, latent_upsampler=model.eval().requires_grad_(False))


def load_interpolation(folder: Path) -> Rife | None:
    """None where the weights of RIFE are not installed."""
    return load_rife(folder / RIFE) if (folder / RIFE).exists() else None
