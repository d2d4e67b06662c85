"""Film in and out of files by the ffmpeg program, one frame at a time. A frame is uint8 `[height, width, 3]`, RGB."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

import numpy as np

from kt_protocol import Output, RunnerError

FilmQuality = Literal["standard", "extreme"]

_X264: Final[dict[FilmQuality, list[str]]] = {
    "standard": ["-preset", "medium", "-crf", "16"],
    "extreme": ["-preset", "slow", "-crf", "12"],
}
# It changes the bytes, so that it can't depend on the machine.
_THREADS: Final = "8"
_SAMPLE_RATE: Final = 48_000


class FilmWriter:
    """Encodes frames to H.264 in an MP4 that starts to play before it is wholly there.

    Without B-frames there is no edit list, and clips join without being encoded again. The same frames give the same
    bytes. Leaving the `with` finishes the file, and raises `RunnerError` when ffmpeg failed or the number of frames is
    not the one that was promised; an exception inside ends ffmpeg and leaves no file.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: int,
        frames: int,
        comment: str,
        sound: Path | None = None,
        quality: FilmQuality = "standard",
    ) -> None:
        """`sound`: a file whose first audio stream is heard from frame zero, as AAC at its own loudness; it is cut, or
        filled up with silence, to the film's length."""
        self._path, self._width, self._height, self._fps, self._frames = path, width, height, fps, frames
        self._written = 0
        self._problems = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._ffmpeg = subprocess.Popen(
            self._command(comment, sound, quality),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._problems,
        )

    def __enter__(self) -> "FilmWriter":
        return self

    def write(self, frame: np.ndarray) -> None:
        """Encodes the next frame. Blocks while the encoder is behind, so that frames never pile up in memory."""
        if frame.shape != (self._height, self._width, 3) or frame.dtype != np.uint8:
            raise ValueError(f"A frame of {frame.dtype} {frame.shape} in a film of {self._width}x{self._height}.")
        assert self._ffmpeg.stdin is not None
        try:
            self._ffmpeg.stdin.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError as error:
            raise self._failure() from error
        self._written += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if error is None:
                self._finish()
        except BaseException as failure:
            error = failure
            raise
        finally:
            if error is not None:
                self._ffmpeg.kill()
                self._ffmpeg.communicate()
                self._path.unlink(missing_ok=True)
            self._problems.close()

    def output(self) -> Output:
        """The file's entry in a result."""
        return {
            "filename": self._path.name,
            "mimeType": "video/mp4",
            "width": self._width,
            "height": self._height,
            "durationSeconds": self._frames / self._fps,
            "frames": self._frames,
        }

    def _finish(self) -> None:
        self._ffmpeg.communicate()
        if self._ffmpeg.returncode != 0:
            raise self._failure()
        if self._written != self._frames:
            raise RunnerError(f"The film has {self._written} frames and not {self._frames}.")

    def _failure(self) -> RunnerError:
        self._ffmpeg.communicate()
        self._problems.seek(0)
        sys.stderr.buffer.write(self._problems.read())
        return RunnerError("ffmpeg could not write the film.")

    def _command(self, comment: str, sound: Path | None, quality: FilmQuality) -> list[str]:
        command = ["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-video_size", f"{self._width}x{self._height}", "-framerate", str(self._fps), "-i", "pipe:0"]
        if sound is not None:
            samples = round(self._frames / self._fps * _SAMPLE_RATE)
            fitted = f"aresample={_SAMPLE_RATE},apad=whole_len={samples},atrim=end_sample={samples}"
            command += ["-protocol_whitelist", "file,pipe", "-i", str(sound), "-map", "0:v:0", "-map", "1:a:0"]
            command += ["-af", fitted, "-ac", "2", "-c:a", "aac", "-b:a", "192k", "-flags:a", "+bitexact"]
        command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"]
        command += ["-c:v", "libx264", *_X264[quality], "-profile:v", "high", "-pix_fmt", "yuv420p", "-bf", "0"]
        command += ["-g", str(2 * self._fps), "-threads", _THREADS, "-flags:v", "+bitexact"]
        command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        command += ["-map_metadata", "-1", "-metadata", f"comment={comment}", "-fflags", "+bitexact"]
        return [*command, "-movflags", "+faststart", str(self._path)]


def read_frames(path: Path, width: int, height: int) -> Iterator[np.ndarray]:
    """Every coded frame of a film of this size, in order. Raises `RunnerError` when it can't be decoded."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i", str(path)]
    command += ["-map", "0:v:0", "-vsync", "passthrough", "-vf", "scale=in_color_matrix=bt709:flags=accurate_rnd"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    size = width * height * 3
    with tempfile.TemporaryFile() as problems:
        reader = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=problems)
        assert reader.stdout is not None
        try:
            while len(frame := reader.stdout.read(size)) == size:
                yield np.frombuffer(frame, dtype=np.uint8).reshape(height, width, 3)
            if frame or reader.wait() != 0:
                raise RunnerError("The film can't be decoded.")
        finally:
            reader.kill()
            reader.communicate()
