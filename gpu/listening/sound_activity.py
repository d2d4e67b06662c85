"""Where somebody or something is heard, by loudness alone; music under or instead of a voice counts as sound too."""

from collections.abc import Iterator
from typing import Final

import numpy as np

FRAME_SECONDS: Final = 0.01
# Of `voice_mel`: 250 Hz to 4 kHz, where voices have their energy; hum and hiss have not.
_VOICE_BANDS: Final = slice(1, 27)
# Natural logarithm of a band's mean power, about -70 dBFS: a recording whose loudest hundredth is under it is silent.
_SILENCE: Final = -9.0
_JOIN_SECONDS: Final = 0.25
_SEGMENT_SECONDS_MIN: Final = 0.08


def find_activity(mel: np.ndarray) -> np.ndarray:
    """Whether each frame of `voice_mel` stands out from the background: the threshold lies between the quiet (5th
    percentile) and the loud (95th) frames."""
    power = np.convolve(np.log(np.exp(mel[:, _VOICE_BANDS]).mean(1)), np.full(5, 0.2), mode="same")[: len(mel)]
    quiet, loud, loudest = np.percentile(power, [5, 95, 99])
    if loudest < _SILENCE:
        return np.zeros(len(power), bool)
    # At least 7 natural-log units (30 dB) under the loud parts, or a third of the way up from the background.
    return power > max(loud - 7, quiet + min(2.5, (loud - quiet) / 3))


def active_segments(active: np.ndarray) -> list[tuple[float, float]]:
    """Start and end in seconds; short gaps are closed, clicks left out."""
    joined: list[list[float]] = []
    for start, end in _runs(active):
        if joined and start - joined[-1][1] < _JOIN_SECONDS:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if end - start >= _SEGMENT_SECONDS_MIN]


def _runs(active: np.ndarray) -> Iterator[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2):
        yield float(first) * FRAME_SECONDS, float(end) * FRAME_SECONDS
