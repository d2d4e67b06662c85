"""LTX-2.3 by diffusers, and RIFE after it: films of an exact length from a prompt, pictures and a sound."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers import LTX2LatentUpsamplePipeline
from torch import Tensor

from interpolation import RifeInterpolator
from kt_media.film import FilmWriter
from kt_media.sound import write_sound
from kt_protocol import Job, LoadTarget, ModelBroken, RunnerError, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import release, released_after
from kt_torch.runner import TorchRunner
from kt_torch.steps import canceled_inside, report_steps
from kt_torch.weights import folder_of
from ltx_conditions import pins_of
from ltx_decode import decode_frames
from ltx_pipeline import PinnedPipeline
from ltx_request import VideoRequest, request_of
from ltx_sampling import FilmLatents, Sampler, canvas_of, embed, is_two_stage, prompt_metadata
from ltx_sound import made_rate, made_sound, sound_latents
from ltx_weights import load_interpolation, load_pipeline, load_upsampler
from minterpolate import minterpolate
from rife import Rife

COMMENT: Final = "Made by LTX-2.3 with Killa Tamata"
# Memory modes. All on the GPU; or all but the text encoder, which takes the transformer's place while it works.
RESIDENT: Final = "resident"
STAGED: Final = "staged"
FRAMES_BETWEEN_REPORTS: Final = 8


class LtxVideo(TorchRunner):
    name = "ltx-video"
    version = "1"
    tasks = ("video.generate",)

    pipeline: PinnedPipeline | None = None
    upsampler: LTX2LatentUpsamplePipeline | None = None
    rife: Rife | None = None
    is_staged = False

    def build(self, target: LoadTarget) -> None:
        if target.memory_mode not in (None, RESIDENT, STAGED):
            raise ModelBroken(f"The memory mode {target.memory_mode} is unknown; known are {RESIDENT} and {STAGED}.")
        folder = folder_of(target)
        self.is_staged = target.memory_mode == STAGED
        self.pipeline = load_pipeline(folder, self.dtype)
        self.upsampler = load_upsampler(folder, self.pipeline, self.dtype)
        self.rife = load_interpolation(folder)

    def modules(self) -> Iterable[torch.nn.Module]:
        if self.pipeline is None or self.upsampler is None:
            return []
        parts = [part for part in self.pipeline.components.values() if isinstance(part, torch.nn.Module)]
        return [*parts, self.upsampler.latent_upsampler, *([] if self.rife is None else [self.rife])]

    def drop(self) -> None:
        self.pipeline = self.upsampler = self.rife = None

    def to_device(self) -> None:
        for module in self.modules():
            if not (self.is_staged and module is self.pipeline.text_encoder):
                module.to(self.device)

    @contextmanager
    def _text_encoder(self) -> Iterator[None]:
        """Meanwhile the text encoder is on the device; staged, it has the transformer's place there."""
        if not self.is_staged:
            yield
            return
        self._exchange(self.pipeline.transformer, self.pipeline.text_encoder)
        try:
            yield
        finally:
            self._exchange(self.pipeline.text_encoder, self.pipeline.transformer)

    def _exchange(self, leaving: torch.nn.Module, coming: torch.nn.Module) -> None:
        leaving.to("cpu")
        release(self.device)
        coming.to(self.device)

    def run(self, job: Job) -> RunResult:
        request = request_of(job.params)
        measurements = Measurements(self.device)
        with released_after(self.device), torch.no_grad(), self._canceled(job):
            latents = self._sample(job, request, measurements)
            if not latents.picture.isfinite().all():
                raise RunnerError("The model made a film whose pixels are not numbers (NaN or infinite).")
            with measurements.stage("sound"):
                sound = self._sound_file(job, request, latents)
            with measurements.stage("draw"):
                output, interpolation = self._draw(job, request, latents.picture, sound)
        return {
            "outputs": [output],
            "metadata": {
                **metadata_of(request),
                **prompt_metadata(self.pipeline, request.prompt),
                "interpolation": interpolation,
            },
            "measurements": measurements.report(),
        }

    @contextmanager
    def _canceled(self, job: Job) -> Iterator[None]:
        """Inside a step of a large film a cancel is heard at the transformer's next block."""
        pipeline = self.pipeline
        with ExitStack() as hooks:
            for block in pipeline.transformer.transformer_blocks:
                hooks.callback(block.register_forward_pre_hook(lambda *_: job.check_canceled()).remove)
            with canceled_inside(job, pipeline.text_encoder, pipeline.vae, pipeline.audio_vae, pipeline.vocoder):
                yield

    def _sample(self, job: Job, request: VideoRequest, measurements: Measurements) -> FilmLatents:
        job.progress("preparing", 0, 1, 0.01)
        pipeline, canvas = self.pipeline, canvas_of(request)
        with measurements.stage("read"):
            pins = pins_of(request, canvas)
            sound = request.reference_audio
            pipeline.hold_sound(None if sound is None else sound_latents(pipeline, sound, request.sampled_seconds))
        with measurements.stage("prompt"), self._text_encoder():
            text = embed(pipeline, request.prompt)
        job.progress("preparing", 1, 1, 0.05)
        ends = {"sampling": (0.05, 0.6 if is_two_stage(request) else 0.75), "refining": (0.6, 0.75)}
        sampler = Sampler(
            pipeline=pipeline,
            upsampler=self.upsampler,
            request=request,
            text=text,
            pins=pins,
            generator=torch.Generator("cpu").manual_seed(request.seed),
            report=lambda stage, steps: report_steps(job, stage, steps, *ends[stage]),
        )
        with measurements.stage("sample"):
            return sampler.two_stages(canvas) if is_two_stage(request) else sampler.one_stage(canvas)

    def _sound_file(self, job: Job, request: VideoRequest, latents: FilmLatents) -> Path:
        """The given sound as it is, or the one that the model made."""
        if request.reference_audio is not None:
            return request.reference_audio
        path = job.scratch_folder / "sound.wav"
        sound = made_sound(self.pipeline, latents.sound)
        write_sound(path, sound, made_rate(self.pipeline), "wav", 0, COMMENT, job.check_canceled)
        return path

    def _draw(self, job: Job, request: VideoRequest, picture: Tensor, sound: Path) -> tuple[Any, dict[str, Any] | None]:
        """Decodes, interpolates and encodes, one frame after another. Answers the file's entry and how frames were put
        between the sampled ones."""
        frames = decode_frames(self.pipeline.vae, picture)
        shown = (frame[:, :, : request.height, : request.width] for frame in frames)
        film = FilmWriter(
            job.output_folder / "video.mp4",
            width=request.width,
            height=request.height,
            fps=request.output_fps,
            frames=request.output_frames,
            comment=COMMENT,
            sound=sound,
            quality="extreme" if request.extreme_quality else "standard",
        )
        interpolator = None if self.rife is None or not request.is_interpolated else RifeInterpolator(self.rife)
        with film:
            for index, frame in enumerate(self._output_frames(request, shown, interpolator)):
                if index % FRAMES_BETWEEN_REPORTS == 0:
                    fraction = 0.75 + 0.24 * index / request.output_frames
                    job.progress("drawing", index, request.output_frames, fraction)
                film.write(frame)
        if not request.is_interpolated:
            return film.output(), None
        if interpolator is None:
            return film.output(), {"method": "minterpolate", "reason": "The weights of RIFE are not installed."}
        counts = {"cuts": interpolator.cuts, "stills": interpolator.stills}
        return film.output(), {"method": "RIFE 4.25", **counts}

    def _output_frames(
        self, request: VideoRequest, shown: Iterator[Tensor], interpolator: RifeInterpolator | None
    ) -> Iterator[np.ndarray]:
        counts = request.sampled_frames, request.output_frames
        if not request.is_interpolated:
            return map(pixels_of, shown)
        if interpolator is None:
            return minterpolate(map(pixels_of, shown), *counts)
        return map(pixels_of, interpolator.interpolate(shown, *counts))


def pixels_of(frame: Tensor) -> np.ndarray:
    """Float RGB 0..1 `[1, 3, height, width]` as uint8 `[height, width, 3]` on the host."""
    return (frame[0] * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()


def metadata_of(request: VideoRequest) -> dict[str, Any]:
    has_pictures = request.start_frame is not None or len(request.overlap_frames) > 0
    return {
        "model": "LTX-2.3",
        "mode": "image-to-video" if has_pictures else "text-to-video",
        "overlapFrames": len(request.overlap_frames),
        "finalFrame": request.final_frame is not None,
        "hasAudio": True,
        "sound": "made" if request.reference_audio is None else "reference",
        "stages": 2 if is_two_stage(request) else 1,
        "frames": request.output_frames,
        "fps": request.output_fps,
    }
