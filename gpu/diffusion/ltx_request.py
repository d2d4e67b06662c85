"""What a job of `video.generate` asks for, checked: `VideoGenerateParams` of `src/tasks/video-generate.ts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kt_protocol import InvalidInput

# The VAE's: pixels a latent covers, across or down, and frames.
SIDE_MULTIPLE: Final = 32
FRAMES_PER_LATENT: Final = 8
OVERLAP_FRAMES_MAX: Final = 17


@dataclass(frozen=True)
class VideoRequest:
    prompt: str
    width: int
    height: int
    seed: int
    sampled_fps: int
    sampled_frames: int
    output_fps: int
    output_frames: int
    steps: int
    extreme_quality: bool
    start_frame: Path | None
    overlap_frames: tuple[Path, ...]
    final_frame: Path | None
    reference_audio: Path | None

    @property
    def sampled_seconds(self) -> float:
        return self.sampled_frames / self.sampled_fps

    @property
    def output_seconds(self) -> float:
        return self.output_frames / self.output_fps

    @property
    def is_interpolated(self) -> bool:
        return self.output_frames != self.sampled_frames


def request_of(params: Mapping[str, Any]) -> VideoRequest:
    """Raises `InvalidInput` for what the model would round, cut or ignore without a word."""
    request = VideoRequest(
        prompt=params["prompt"],
        width=params["width"],
        height=params["height"],
        seed=params["seed"],
        sampled_fps=params["sampledFps"],
        sampled_frames=params["durationFrames"],
        output_fps=params["outputFps"],
        output_frames=params["outputFrames"],
        steps=params["numInferenceSteps"],
        extreme_quality=params["extremeQuality"],
        start_frame=_path(params["startFrameImagePath"]),
        overlap_frames=tuple(Path(path) for path in params["overlapFrameImagePaths"]),
        final_frame=_path(params["finalFrameImagePath"]),
        reference_audio=_path(params["referenceAudioPath"]),
    )
    _check(request)
    return request


def _check(request: VideoRequest) -> None:
    if request.width % SIDE_MULTIPLE or request.height % SIDE_MULTIPLE or min(request.width, request.height) < 64:
        raise InvalidInput(f"{request.width}x{request.height} is no canvas: its sides must be multiples of 32 from 64.")
    frames = request.sampled_frames
    if frames < FRAMES_PER_LATENT + 1 or frames % FRAMES_PER_LATENT != 1:
        raise InvalidInput(f"{frames} frames can't be made: it must be a multiple of 8 plus 1, from 9.")
    if request.output_frames < frames or request.output_fps < request.sampled_fps:
        raise InvalidInput("Interpolation only adds frames.")
    overlap = len(request.overlap_frames)
    if overlap > min(OVERLAP_FRAMES_MAX, frames):
        raise InvalidInput(f"{overlap} overlap frames are too many: at most 17, and no more than the video has.")
    if overlap and request.start_frame is not None:
        raise InvalidInput("A start frame is given beside overlap frames.")


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)
