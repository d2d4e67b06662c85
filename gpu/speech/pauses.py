"""Where speech pauses, and its beginning and end. Speech is float32 `[samples]` in -1..1."""

from typing import Final

import numpy as np

_FRAME_SECONDS: Final = 0.01
# Frames this much below the loudest are silence; the softest consonants are louder.
_SILENCE: Final = 10 ** (-45 / 20)
# Of less than this (-70 dBFS) nothing is heard at all.
_HEARD: Final = 10 ** (-70 / 20)
_PAUSE_FRAMES: Final = 5
# A pause is this much below the loudest frame; between words that run together there is none.
_PAUSE: Final = 10 ** (-26 / 20)
_LEAD_IN_SECONDS: Final = 0.1
_LEAD_OUT_SECONDS: Final = 0.2
_FADE_SECONDS: Final = 0.01


def is_silent(speech: np.ndarray, sample_rate: int) -> bool:
    return _levels(speech, sample_rate).max(initial=0) < _HEARD


def without_silent_ends(speech: np.ndarray, sample_rate: int) -> np.ndarray:
    """`speech` from 0.1 s before its first sound to 0.2 s after its last, faded in and out so that nothing clicks.
    Empty where all is silent."""
    levels = _levels(speech, sample_rate)
    loudest = levels.max(initial=0)
    if loudest < _HEARD:
        return speech[:0]
    frame = round(_FRAME_SECONDS * sample_rate)
    heard = np.flatnonzero(levels > loudest * _SILENCE)
    begin = max(0, heard[0] * frame - round(_LEAD_IN_SECONDS * sample_rate))
    end = min(len(speech), (heard[-1] + 1) * frame + round(_LEAD_OUT_SECONDS * sample_rate))
    kept = speech[begin:end].astype(np.float32)
    fade = min(len(kept) // 2, round(_FADE_SECONDS * sample_rate))
    ramp = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    kept[:fade] *= ramp
    kept[len(kept) - fade :] *= ramp[::-1]
    return kept


def cut_at_pause(speech: np.ndarray, sample_rate: int, seconds_min: float, seconds_max: float) -> np.ndarray:
    """`speech` up to the last pause between `seconds_min` and `seconds_max`, or to `seconds_max` where there is none,
    so that no word is cut in two if that can be helped."""
    levels = _levels(speech, sample_rate)
    frame = round(_FRAME_SECONDS * sample_rate)
    first = round(seconds_min / _FRAME_SECONDS)
    last = min(len(levels), round(seconds_max / _FRAME_SECONDS)) - _PAUSE_FRAMES
    for begin in range(last, first - 1, -1):
        if levels[begin : begin + _PAUSE_FRAMES].max(initial=0) < levels.max() * _PAUSE:
            return speech[: (begin + _PAUSE_FRAMES) * frame]
    return speech[: round(seconds_max * sample_rate)]


def _levels(speech: np.ndarray, sample_rate: int) -> np.ndarray:
    """The level of each 10 ms (root of the mean square); a rest at the end is left out."""
    frame = round(_FRAME_SECONDS * sample_rate)
    whole = speech[: len(speech) // frame * frame].reshape(-1, frame)
    return np.sqrt(np.square(whole, dtype=np.float64).mean(axis=1))
