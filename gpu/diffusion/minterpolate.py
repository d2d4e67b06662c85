"""Film at a higher frame rate by ffmpeg's `minterpolate`: where RIFE's weights are missing."""

import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

import numpy as np

from kt_protocol import RunnerError


def minterpolate(frames: Iterator[np.ndarray], sampled_frames: int, output_frames: int) -> Iterator[np.ndarray]:
    """`output_frames` frames from `sampled_frames`, all uint8 `[height, width, 3]`; the first and the last stay as they
    are. ffmpeg's own rule finds the cuts. Raises `RunnerError` when ffmpeg fails."""
    first = next(frames)
    with tempfile.TemporaryFile() as problems:
        program = subprocess.Popen(
            _command(first, sampled_frames, output_frames),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=problems,
        )
        try:
            yield from _exact(_fed(program, first, frames), output_frames)
        except BrokenPipeError as error:
            problems.seek(0)
            sys.stderr.buffer.write(problems.read())
            raise RunnerError("ffmpeg could not interpolate the film.") from error
        finally:
            program.kill()
            program.wait()


def _command(frame: np.ndarray, sampled_frames: int, output_frames: int) -> list[str]:
    height, width, _ = frame.shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    # The rates only say how many frames there are for one: with these the last falls on the last.
    rate = f"{sampled_frames - 1}/{output_frames - 1}"
    command = ["ffmpeg", "-nostdin", "-v", "error", *raw, "-video_size", f"{width}x{height}", "-framerate", rate]
    return [*command, "-i", "pipe:0", "-vf", "minterpolate=fps=1:mi_mode=mci", *raw, "pipe:1"]


def _fed(program: subprocess.Popen[bytes], first: np.ndarray, frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Gives frames to the program and yields what it has made by then; at the end, the last frame as it was given."""
    assert program.stdin is not None and program.stdout is not None
    made: queue.SimpleQueue[np.ndarray | None] = queue.SimpleQueue()
    threading.Thread(target=_collect, args=(program.stdout, first.shape, made), daemon=True).start()
    last = first
    program.stdin.write(first.tobytes())
    for frame in frames:
        program.stdin.write(frame.tobytes())
        last = frame
        while not made.empty() and (between := made.get()) is not None:
            yield between
    # It makes nothing in the last interval that it sees.
    program.stdin.write(last.tobytes())
    program.stdin.close()
    while (between := made.get()) is not None:
        yield between
    if program.wait() != 0:
        raise BrokenPipeError
    yield last


def _collect(source: IO[bytes], shape: tuple[int, ...], made: queue.SimpleQueue[np.ndarray | None]) -> None:
    size = int(np.prod(shape))
    while len(frame := source.read(size)) == size:
        made.put(np.frombuffer(frame, dtype=np.uint8).reshape(shape))
    made.put(None)


def _exact(made: Iterator[np.ndarray], output_frames: int) -> Iterator[np.ndarray]:
    """The first frames and the last one of `made`, `output_frames` in all; one is repeated where they are too few."""
    count, latest = 0, None
    for frame in made:
        if latest is not None and count < output_frames - 1:
            yield latest
            count += 1
        latest, repeated = frame, latest
    if latest is None:
        raise RunnerError("ffmpeg made no frame.")
    for _ in range(output_frames - 1 - count):
        yield latest if repeated is None else repeated
    yield latest
