"""Beats and downbeats by Beat This! (Foscarin et al. 2024; PyPI `beat_this`, MIT), without its loader, which needs
torchaudio."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from beat_this.model.beat_tracker import BeatThis
from beat_this.model.postprocessor import Postprocessor
from kt_protocol import ModelBroken
from kt_protocol.errors import is_out_of_memory

from annotation import AnnotatedBeats
from log_mel import BEATS, beat_this_mel

SAMPLE_RATE: Final = BEATS.rate
CHECKPOINT: Final = "beat-this/final0.ckpt"
# 30 s at 50 frames a second; the frames at a chunk's edges know only one side, and are thrown away.
_CHUNK_FRAMES: Final = 1500
_BORDER_FRAMES: Final = 6
_NO_BEAT: Final = -1000.0
# Intervals that differ by less from the usual one are regular, as a part of it; a frame is 20 ms.
_REGULAR: Final = 0.1
_FRAME_SECONDS: Final = 0.02

Logits = tuple[torch.Tensor, torch.Tensor]


def load_beat_model(folder: Path) -> BeatThis:
    """The tracker of `folder`/beat-this/final0.ckpt, as its authors publish it, on the host. Raises `ModelBroken`."""
    try:
        checkpoint = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
        settings, weights = checkpoint["hyper_parameters"], checkpoint["state_dict"]
        known = {key: settings[key] for key in _SETTINGS if key in settings}
        model = BeatThis(**known)
        # Lightning's module keeps the network as `model`; torch.compile puts `_orig_mod` before names.
        model.load_state_dict({_plain_name(name): value for name, value in weights.items()}, strict=True)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        # torch.load raises nearly anything: UnpicklingError, RuntimeError, OSError, EOFError, KeyError.
        raise ModelBroken("The files of Beat This! can't be loaded: some are missing or damaged.") from error
    return model.eval()


_SETTINGS: Final = (
    "spect_dim",
    "transformer_dim",
    "ff_mult",
    "n_layers",
    "head_dim",
    "stem_dim",
    "dropout",
    "sum_head",
    "partial_transformers",
)


def _plain_name(name: str) -> str:
    return name.removeprefix("model.").replace("_orig_mod.", "")


def find_logits(model: BeatThis, sound: np.ndarray, on_chunk: Callable[[int, int], None]) -> Logits:
    """Logits of beat and downbeat, 50 frames a second, of mono float32 samples at 22 050 Hz. As the library's own
    `split_predict_aggregate` (keep_first). `on_chunk(chunk, chunks)` is called before each 30 s and may raise."""
    device = next(model.parameters()).device
    spectrum = beat_this_mel(sound)
    frames, inner = len(spectrum), _CHUNK_FRAMES - 2 * _BORDER_FRAMES
    starts = np.arange(-_BORDER_FRAMES, frames - _BORDER_FRAMES, inner)
    if frames > inner:
        starts[-1] = frames - (_CHUNK_FRAMES - _BORDER_FRAMES)
    beat, downbeat = torch.full((frames,), _NO_BEAT), torch.full((frames,), _NO_BEAT)
    # Backwards, so that the first chunk that covers a frame has the last word.
    for done, start in enumerate(map(int, reversed(starts))):
        on_chunk(done, len(starts))
        end = start + _CHUNK_FRAMES
        piece = spectrum[max(start, 0) : min(end, frames)]
        padding = (0, 0, max(0, -start), max(0, min(_BORDER_FRAMES, end - frames)))
        with torch.inference_mode():
            answer = model(torch.nn.functional.pad(piece, padding)[None].to(device))
        first, last = start + _BORDER_FRAMES, end - _BORDER_FRAMES
        inside = slice(_BORDER_FRAMES, -_BORDER_FRAMES)
        beat[first:last] = answer["beat"][0][inside].float().cpu()
        downbeat[first:last] = answer["downbeat"][0][inside].float().cpu()
    return beat, downbeat


def beats_from(logits: Logits, seconds: float) -> AnnotatedBeats:
    """Peaks of the logits: beats inside a recording of `seconds`, their tempo and how regular they are, and which of
    them are downbeats."""
    beat_times, downbeat_times = Postprocessor(type="minimal", fps=50)(*logits)
    times = [round(float(time), 3) for time in beat_times if time <= seconds]
    found: AnnotatedBeats = {
        "tempoBpm": tempo_of(times),
        "confidence": round(regularity_of(times), 3),
        "timesSeconds": times,
    }
    # The postprocessor moves each downbeat to its nearest beat.
    place = {time: index for index, time in enumerate(times)}
    downbeats = {place.get(round(float(time), 3)) for time in downbeat_times} - {None}
    if downbeats:
        found["downbeatIndices"] = sorted(downbeats)
    return found


def tempo_of(times: Sequence[float]) -> float | None:
    """Beats a minute: the slope of the times over their numbers by least squares, where a long interval counts as the
    beats that it lacks. Better than the frames' 20 ms. None for fewer than two beats."""
    if len(times) < 2:
        return None
    intervals = np.diff(times)
    usual = statistics.median(intervals)
    numbers = np.concatenate([[0], np.cumsum(np.maximum(1, np.round(intervals / usual)))])
    return round(60 / float(np.polyfit(numbers, times, 1)[0]), 2)


def regularity_of(times: Sequence[float]) -> float:
    """The part of the intervals, 0..1, that are the usual one; 0 for fewer than three beats."""
    if len(times) < 3:
        return 0.0
    intervals = np.diff(times)
    usual = statistics.median(intervals)
    tolerance = max(_REGULAR * usual, 1.5 * _FRAME_SECONDS)
    return float(np.mean(np.abs(intervals - usual) <= tolerance))
