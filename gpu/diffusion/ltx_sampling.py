"""From a prompt, pinned pictures and a sound to the latents of a film, in one stage or two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTX2LatentUpsamplePipeline
from diffusers.pipelines.ltx2.utils import DEFAULT_NEGATIVE_PROMPT, STAGE_2_DISTILLED_SIGMA_VALUES
from torch import Tensor

from ltx_conditions import Canvas, Pin, conditions_of
from ltx_pipeline import PinnedPipeline
from ltx_request import VideoRequest

# Lightricks' figures for LTX-2.3. Every one is passed: the library's defaults change between its versions.
GUIDED: Final[dict[str, Any]] = {
    "guidance_scale": 3.0,
    "stg_scale": 1.0,
    "modality_scale": 3.0,
    "guidance_rescale": 0.7,
    "audio_guidance_scale": 7.0,
    "audio_stg_scale": 1.0,
    "audio_modality_scale": 3.0,
    "audio_guidance_rescale": 0.7,
    "spatio_temporal_guidance_blocks": [28],
}
# For the distilled weights of the second stage. 0 for the sound alone would be taken for "as the picture".
UNGUIDED: Final[dict[str, Any]] = {
    "guidance_scale": 1.0,
    "stg_scale": 0.0,
    "modality_scale": 1.0,
    "guidance_rescale": 0.0,
    "audio_guidance_scale": 1.0,
    "audio_stg_scale": 0.0,
    "audio_modality_scale": 1.0,
    "audio_guidance_rescale": 0.0,
    "spatio_temporal_guidance_blocks": None,
}
PROMPT_TOKENS_MAX: Final = 1024
# Above it a film is sampled at half its width and height, and then refined at its own: the model learned on pictures of
# about a megapixel.
ONE_STAGE_PIXELS_MAX: Final = 1_000_000

StepCallback = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class TextEmbedding:
    prompt: Tensor
    prompt_mask: Tensor
    negative: Tensor
    negative_mask: Tensor


@dataclass(frozen=True)
class FilmLatents:
    """Denormalised: the picture's `[1, channels, frames, height, width]`, the sound's `[1, channels, length, bins]`."""

    picture: Tensor
    sound: Tensor


def is_two_stage(request: VideoRequest) -> bool:
    return request.width * request.height > ONE_STAGE_PIXELS_MAX


def canvas_of(request: VideoRequest) -> Canvas:
    """The half of a two-stage canvas must itself be a canvas."""
    return Canvas.around(request.width, request.height, 64 if is_two_stage(request) else 32)


def embed(pipeline: PinnedPipeline, prompt: str) -> TextEmbedding:
    device = pipeline.text_encoder.device
    with torch.no_grad():
        embedding = pipeline.encode_prompt(
            prompt=prompt,
            negative_prompt=DEFAULT_NEGATIVE_PROMPT,
            do_classifier_free_guidance=True,
            num_videos_per_prompt=1,
            max_sequence_length=PROMPT_TOKENS_MAX,
            device=device,
        )
    return TextEmbedding(*embedding)


def prompt_metadata(pipeline: PinnedPipeline, prompt: str) -> dict[str, int]:
    """The pipeline cuts off what is longer than it takes."""
    tokens = len(pipeline.tokenizer(prompt).input_ids)
    return {"promptTokens": tokens, "promptTokensUsed": min(tokens, PROMPT_TOKENS_MAX)}


@dataclass
class Sampler:
    """Samples one request. `report(stage, steps)` answers the callback for the steps of a stage."""

    pipeline: PinnedPipeline
    upsampler: LTX2LatentUpsamplePipeline
    request: VideoRequest
    text: TextEmbedding
    pins: Sequence[Pin]
    generator: torch.Generator
    report: Callable[[str, int], StepCallback]

    def one_stage(self, canvas: Canvas) -> FilmLatents:
        return self._first(canvas.width, canvas.height)

    def two_stages(self, canvas: Canvas) -> FilmLatents:
        """The first at half the size; its latents, doubled and noised again, refined by the distilled weights."""
        width, height = canvas.width // 2, canvas.height // 2
        small = self._first(width, height)
        doubled = self.upsampler(
            latents=small.picture,
            latents_normalized=False,
            height=height,
            width=width,
            num_frames=self.request.sampled_frames,
            adain_factor=0.0,
            tone_map_compression_ratio=0.0,
            output_type="latent",
            # The sampler works in float32, whatever the weights are.
        ).frames.float()
        with distilled(self.pipeline):
            return self._call(
                width=canvas.width,
                height=canvas.height,
                latents=doubled,
                audio_latents=None if self.pipeline.held_sound is not None else small.sound,
                sigmas=list(STAGE_2_DISTILLED_SIGMA_VALUES),
                noise_scale=STAGE_2_DISTILLED_SIGMA_VALUES[0],
                num_inference_steps=len(STAGE_2_DISTILLED_SIGMA_VALUES),
                callback_on_step_end=self.report("refining", len(STAGE_2_DISTILLED_SIGMA_VALUES)),
                **UNGUIDED,
            )

    def _first(self, width: int, height: int) -> FilmLatents:
        return self._call(
            width=width,
            height=height,
            latents=None,
            audio_latents=None,
            sigmas=None,
            noise_scale=1.0,
            num_inference_steps=self.request.steps,
            callback_on_step_end=self.report("sampling", self.request.steps),
            **GUIDED,
        )

    def _call(self, width: int, height: int, **stage: Any) -> FilmLatents:
        conditions, self.pipeline.exact_frames = conditions_of(self.pins, width, height)
        device = self.pipeline.transformer.device
        made = self.pipeline(
            conditions=conditions,
            prompt=None,
            negative_prompt=None,
            prompt_embeds=self.text.prompt.to(device),
            prompt_attention_mask=self.text.prompt_mask.to(device),
            negative_prompt_embeds=self.text.negative.to(device),
            negative_prompt_attention_mask=self.text.negative_mask.to(device),
            max_sequence_length=PROMPT_TOKENS_MAX,
            width=width,
            height=height,
            num_frames=self.request.sampled_frames,
            frame_rate=float(self.request.sampled_fps),
            motion_speed=1.0,
            timesteps=None,
            num_videos_per_prompt=1,
            generator=self.generator,
            use_cross_timestep=True,
            enable_prompt_enhancement=False,
            attention_kwargs=None,
            callback_on_step_end_tensor_inputs=["latents"],
            output_type="latent",
            return_dict=True,
            **stage,
        )
        return FilmLatents(picture=made.frames, sound=made.audio)


class distilled:  # noqa: N801 - reads as a function, as contextlib's own do
    """While it is open, the pipeline has the distilled weights (a LoRA over the full ones) and their noise schedule."""

    def __init__(self, pipeline: PinnedPipeline) -> None:
        self._pipeline = pipeline
        self._scheduler = pipeline.scheduler

    def __enter__(self) -> None:
        self._pipeline.enable_lora()
        self._pipeline.scheduler = FlowMatchEulerDiscreteScheduler.from_config(
            self._scheduler.config, use_dynamic_shifting=False, shift_terminal=None
        )

    def __exit__(self, *_: object) -> None:
        self._pipeline.scheduler = self._scheduler
        self._pipeline.disable_lora()
