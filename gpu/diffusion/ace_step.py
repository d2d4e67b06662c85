"""ACE-Step 1.5: music and songs from tags and lyrics, by diffusers' `AceStepPipeline` (its DiT, without the planner).

The folder is a diffusers-format checkpoint such as ACE-Step/acestep-v15-xl-sft-diffusers. Which variant it is stands in
its transformer's configuration: turbo is distilled for 8 steps without guidance, base and sft are not.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers import (
    AceStepConditionEncoder,
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.utils import logging as diffusers_logging
from transformers import AutoTokenizer, Qwen3Model
from transformers.utils import logging as transformers_logging

from ace_step_words import INSTRUMENTAL, LYRIC_TOKENS_MAX, TAG_TOKENS_MAX, Words, words_for
from kt_media.sound import exact_length, write_sound
from kt_protocol import Job, LoadTarget, ModelBroken, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.plain_weights import make_weights_plain
from kt_torch.runner import TorchRunner
from kt_torch.steps import StepCallback, canceled_inside, report_steps
from kt_torch.weights import folder_of, load_whole

COMMENT: Final = "Made by ACE-Step 1.5 with Killa Tamata"


@dataclass(frozen=True)
class Sampling:
    """How the noise is taken away. `shift` bends the schedule: the wrong one for a variant is heard as broken parts."""

    steps: int
    guidance_scale: float
    shift: float


class AceStepRunner(TorchRunner):
    name = "ace-step"
    version = "1"
    tasks = ("ace.step.create",)
    pipeline: AceStepPipeline | None = None
    # The memory mode: each part moves to the device while it works, so that the largest, the transformer, decides.
    offload = False

    def build(self, target: LoadTarget) -> None:
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
        if target.memory_mode not in (None, "resident", "offload"):
            raise ModelBroken(f"The memory mode {target.memory_mode} is unknown; known are resident and offload.")
        self.offload = target.memory_mode == "offload"
        folder, dtype = folder_of(target), self.dtype
        # Without the audio tokenizer and its counterpart: only covers use them.
        self.pipeline = AceStepPipeline(
            vae=load_whole(AutoencoderOobleck, folder / "vae", dtype=dtype),
            text_encoder=load_whole(Qwen3Model, folder / "text_encoder", dtype=dtype),
            tokenizer=AutoTokenizer.from_pretrained(str(folder / "tokenizer"), local_files_only=True),
            transformer=load_whole(AceStepTransformer1DModel, folder / "transformer", dtype=dtype),
            condition_encoder=load_whole(AceStepConditionEncoder, folder / "condition_encoder", dtype=dtype),
            scheduler=FlowMatchEulerDiscreteScheduler.from_pretrained(str(folder / "scheduler"), local_files_only=True),
        )
        self.pipeline.set_progress_bar_config(disable=True)
        # Minutes of sound at once want more memory than the whole model, and can't be canceled.
        self.pipeline.vae.enable_tiling()
        make_weights_plain(self.pipeline.vae)

    def modules(self) -> Iterable[torch.nn.Module]:
        pipe = self.pipeline
        return [] if pipe is None else [pipe.text_encoder, pipe.condition_encoder, pipe.transformer, pipe.vae]

    def drop(self) -> None:
        self.pipeline = None

    def to_device(self) -> None:
        if self.offload:
            self.pipeline.enable_model_cpu_offload(device=self.device)
        else:
            super().to_device()

    def to_host(self) -> None:
        if self.pipeline is not None:
            self.pipeline.remove_all_hooks()
        super().to_host()

    def run(self, job: Job) -> RunResult:
        pipe, params, measurements = self.pipeline, job.params, Measurements(self.device)
        duration_seconds = float(params["durationSeconds"])
        sampling = sampling_of(pipe, params)
        words = words_for(pipe, params)
        with released_after(self.device), canceled_inside(job, pipe.text_encoder, pipe.condition_encoder, pipe.vae):
            job.progress("encode", 1, 1, 0.01)
            measurements.begin("encode")
            with stages_watched(job, pipe, measurements, math.ceil(duration_seconds * pipe.latents_per_second)):
                report = report_steps(job, "denoise", sampling.steps, begin=0.02, end=0.85)
                audio = make_music(pipe, words, sampling, duration_seconds, params["seed"], report)
            sound = exact_length(audio[0].cpu().numpy(), round(duration_seconds * pipe.sample_rate), pipe.sample_rate)
        with measurements.stage("write"):
            job.progress("write", 1, 1, 0.96)
            path, kbps = job.output_folder / f"music.{params['outputFormat']}", params["qualityKbps"]
            output = write_sound(
                path, sound, pipe.sample_rate, params["outputFormat"], kbps, COMMENT, job.check_canceled
            )
        metadata = metadata_of(pipe, sampling, words)
        return {"outputs": [output], "metadata": metadata, "measurements": measurements.report()}


def variant_of(pipe: AceStepPipeline) -> str:
    """`turbo`, `base`, `sft` …"""
    return "turbo" if pipe.is_turbo else pipe.transformer.config.model_version or "base"


def sampling_of(pipe: AceStepPipeline, params: Mapping[str, Any]) -> Sampling:
    """The preset's steps and guidance for base and sft (shift: ace-step/ACE-Step-1.5#1114); turbo has its own."""
    if pipe.is_turbo:
        return Sampling(steps=8, guidance_scale=1.0, shift=3.0)
    return Sampling(steps=params["numInferenceSteps"], guidance_scale=params["guidanceScale"], shift=1.0)


def make_music(
    pipe: AceStepPipeline,
    words: Words,
    sampling: Sampling,
    duration_seconds: float,
    seed: int,
    callback_on_step_end: StepCallback,
) -> torch.Tensor:
    """Float32 sound, (1, 2, samples): `duration_seconds` or up to 40 ms more, its peak at -1 dBFS."""
    return pipe(
        prompt=words.tags,
        lyrics=words.lyrics,
        audio_duration=duration_seconds,
        vocal_language=words.language,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance_scale,
        shift=sampling.shift,
        generator=torch.Generator("cpu").manual_seed(seed),
        latents=None,
        output_type="pt",
        return_dict=True,
        callback_on_step_end=callback_on_step_end,
        callback_on_step_end_tensor_inputs=[],
        instruction=None,
        max_text_length=TAG_TOKENS_MAX,
        max_lyric_length=LYRIC_TOKENS_MAX,
        bpm=None,
        keyscale=None,
        timesignature=None,
        task_type="text2music",
        src_audio=None,
        reference_audio=None,
        audio_codes=None,
        audio_cover_strength=1.0,
        cfg_interval_start=0.0,
        cfg_interval_end=1.0,
        timesteps=None,
        attention_kwargs=None,
    ).audios


@contextmanager
def stages_watched(job: Job, pipe: AceStepPipeline, measurements: Measurements, latents: int) -> Iterator[None]:
    """Inside, the pipeline's one call is measured stage by stage, and reports each piece of sound that it decodes."""
    vae = pipe.vae
    pieces = 1
    if latents > vae.tile_latent_min_length:
        pieces = math.ceil(latents / (vae.tile_latent_min_length - 2 * vae.tile_latent_overlap))
    decoded = 0

    def begin_denoise(*_: Any) -> None:
        measurements.begin("denoise")
        started.remove()

    def begin_decode(*_: Any) -> None:
        if not decoded:
            measurements.begin("decode")

    def report_decode(*_: Any) -> None:
        nonlocal decoded
        decoded += 1
        job.progress("decode", decoded, pieces, 0.85 + 0.1 * decoded / pieces)

    started = pipe.transformer.register_forward_pre_hook(begin_denoise)
    hooks = [vae.decoder.register_forward_pre_hook(begin_decode), vae.decoder.register_forward_hook(report_decode)]
    try:
        yield
    finally:
        for hook in (started, *hooks):
            hook.remove()
        # With offload, a pipeline that fails leaves parts on the device.
        pipe.maybe_free_model_hooks()


def metadata_of(pipe: AceStepPipeline, sampling: Sampling, words: Words) -> dict[str, Any]:
    lines = [line.strip() for line in words.lyrics.splitlines()]
    # As the draft engine names them, without times: where the model sings them, it doesn't say.
    sections = [{"label": line[1:-1].strip()} for line in lines if line.startswith("[") and line.endswith("]")]
    return {
        "model": "ACE-Step 1.5",
        "variant": variant_of(pipe),
        "numInferenceSteps": sampling.steps,
        "guidanceScale": sampling.guidance_scale,
        "shift": sampling.shift,
        "language": words.language,
        "sections": [] if words.lyrics == INSTRUMENTAL else sections,
        "sung": any(line and not line.startswith("[") for line in lines),
        **words.omitted,
    }
