"""ACE-Step 1.5: music and songs from tags and lyrics, by diffusers' `AceStepPipeline` (its DiT, without the planner).

The folder is a diffusers-format checkpoint such as ACE-Step/acestep-v15-xl-sft-diffusers. Which variant it is stands in
its transformer's configuration: turbo is distilled for 8 steps without guidance, base and sft are not.
"""

import bisect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
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

from kt_media.sound import exact_length, write_sound
from kt_protocol import Job, LoadTarget, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.plain_weights import make_weights_plain
from kt_torch.runner import TorchRunner
from kt_torch.steps import StepCallback, canceled_inside, report_steps
from kt_torch.weights import folder_of, load_whole

# What the model was trained with; the tokenizer cuts off the rest, and with it the text's end.
TAG_TOKENS_MAX: Final = 256
LYRIC_TOKENS_MAX: Final = 2048
# ACE-Step's names for lyrics that nobody sings, and for a language that it doesn't know.
INSTRUMENTAL: Final = "[Instrumental]"
UNKNOWN_LANGUAGE: Final = "unknown"
# https://github.com/ace-step/ACE-Step-1.5, acestep/constants.py
LANGUAGES: Final = (
    "ar az bg bn ca cs da de el en es fa fi fr he hi hr ht hu id is it ja ko la lt ms ne nl no pa pl pt ro ru sa sk sr "
    "sv sw ta te th tl tr uk ur vi yue zh"
)
COMMENT: Final = "Made by ACE-Step 1.5 with Killa Tamata"


@dataclass(frozen=True)
class Sampling:
    """How the noise is taken away. `shift` bends the schedule: the wrong one for a variant is heard as broken parts."""

    steps: int
    guidance_scale: float
    shift: float


@dataclass(frozen=True)
class Words:
    """What the model reads, cut to what it can."""

    tags: str
    lyrics: str
    language: str
    omitted: dict[str, int]


class AceStepRunner(TorchRunner):
    name = "ace-step"
    version = "1"
    tasks = ("ace.step.create",)
    pipeline: AceStepPipeline | None = None

    def build(self, target: LoadTarget) -> None:
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
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


def words_for(pipe: AceStepPipeline, params: Mapping[str, Any]) -> Words:
    """Tags and lyrics within the model's bounds: whole words of the tags, whole lines of the lyrics, from the front."""
    lyrics = params["lyrics"].strip()
    known = params["language"] in LANGUAGES.split()
    language = params["language"] if known and lyrics else UNKNOWN_LANGUAGE

    def texts(tags: str, lyrics: str) -> tuple[str, str]:
        # The very texts that the call below makes.
        return pipe._format_prompt(tags, lyrics, language, params["durationSeconds"])

    def count(text: str) -> int:
        return len(pipe.tokenizer(text).input_ids)

    tags, tags_cut = shorten(params["tags"].split(), " ", TAG_TOKENS_MAX, lambda text: count(texts(text, "")[0]))
    lines = (lyrics or INSTRUMENTAL).splitlines()
    lyrics, lines_cut = shorten(lines, "\n", LYRIC_TOKENS_MAX, lambda text: count(texts("", text)[1]))
    omitted = {"omittedTagWords": tags_cut, "omittedLyricLines": lines_cut}
    return Words(tags, lyrics, language, {key: number for key, number in omitted.items() if number})


def shorten(parts: list[str], glue: str, most: int, cost: Callable[[str], int]) -> tuple[str, int]:
    """As many of `parts`, from the front and at least one, as cost `most` together; and how many are left out."""
    counts = range(2, len(parts) + 1)
    kept = 1 + bisect.bisect_right(counts, most, key=lambda number: cost(glue.join(parts[:number])))
    return glue.join(parts[:kept]), max(0, len(parts) - kept)


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


def metadata_of(pipe: AceStepPipeline, sampling: Sampling, words: Words) -> dict[str, Any]:
    lines = [line.strip() for line in words.lyrics.splitlines()]
    labels = [line[1:-1].strip() for line in lines if line.startswith("[") and line.endswith("]")]
    return {
        "model": "ACE-Step 1.5",
        "variant": variant_of(pipe),
        "numInferenceSteps": sampling.steps,
        "guidanceScale": sampling.guidance_scale,
        "shift": sampling.shift,
        "language": words.language,
        "sections": [] if words.lyrics == INSTRUMENTAL else labels,
        "sung": any(line and not line.startswith("[") for line in lines),
        **words.omitted,
    }
