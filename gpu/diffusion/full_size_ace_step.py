"""ACE-Step 1.5 XL in its real size, without numbers, for tests. The transformer's sizes are its config.json's, as
diffusers' scripts/convert_ace_step_to_diffusers.py reads it (a DiT of 2560 over a condition encoder of 2048); the VAE's
are its own. The text encoder is Qwen3-Embedding-0.6B.
"""

from typing import Any, Final

import torch
from diffusers import (
    AceStepConditionEncoder,
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
)
from transformers import Qwen3Config, Qwen3Model

from full_size_ltx import FirstStepAlways
from kt_testing.meta_memory import on_meta
from kt_torch.plain_weights import make_weights_plain
from tiny_ace_step import tiny_tokenizer

LAYERS: Final = 32
_TRANSFORMER: Final[dict[str, Any]] = {
    **{"hidden_size": 2560, "intermediate_size": 9728, "num_attention_heads": 32, "num_key_value_heads": 8},
    **{"encoder_hidden_size": 2048, "in_channels": 192, "audio_acoustic_hidden_dim": 64, "patch_size": 2},
}
_VAE: Final[dict[str, Any]] = {
    **{"audio_channels": 2, "channel_multiples": [1, 2, 4, 8, 16], "decoder_channels": 128},
    **{"decoder_input_channels": 64, "downsampling_ratios": [2, 4, 4, 6, 10], "encoder_hidden_size": 128},
    "sampling_rate": 48_000,
}
_TEXT: Final[dict[str, Any]] = {
    **{"vocab_size": 151669, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28},
    **{"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128},
}


class TimesOnHost(AceStepPipeline):
    """Its loop asks for the times, as numbers: they stay where numbers are."""

    def _get_timestep_schedule(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        return super()._get_timestep_schedule(*args, **{**kwargs, "device": torch.device("cpu")})


class SchedulerOnHost(FirstStepAlways):
    def set_timesteps(self, *args: Any, **kwargs: Any) -> None:
        super().set_timesteps(*args, **{**kwargs, "device": "cpu"})


def full_size_pipeline(layers: int = LAYERS) -> AceStepPipeline:
    """As the runner builds it. With fewer `layers` it is as wide, and takes as much memory to run."""
    vae = on_meta(lambda: AutoencoderOobleck(**_VAE))
    vae.enable_tiling()
    make_weights_plain(vae)
    pipeline = TimesOnHost(
        vae=vae,
        text_encoder=on_meta(lambda: Qwen3Model(Qwen3Config(**_TEXT))),
        tokenizer=tiny_tokenizer(),
        transformer=on_meta(lambda: AceStepTransformer1DModel(**_TRANSFORMER, num_hidden_layers=layers)),
        condition_encoder=on_meta(AceStepConditionEncoder),
        scheduler=SchedulerOnHost(num_train_timesteps=1, shift=1.0),
    )
    # The library's asks for a number, which `meta` has not: how many recordings there are. It is one, of silence.
    pipeline.condition_encoder.timbre_encoder.unpack_timbre_embeddings = one_recording
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def one_recording(timbre: torch.Tensor, _order: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return timbre[None], torch.ones(1, len(timbre), device="meta", dtype=torch.long)
