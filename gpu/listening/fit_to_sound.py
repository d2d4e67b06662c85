"""Moves the edges of words to where the sound is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from fit_in_order import WORD_SECONDS_MIN, PlacedWord
from sound_activity import FRAME_SECONDS

# A word after a pause is found late by up to this much.
_LATE_FRAMES_MAX: Final = 50
# A shorter silence than this is a consonant's.
_PAUSE_FRAMES_MIN: Final = 10


def fit_to_sound(places: Sequence[PlacedWord | None], active: np.ndarray) -> list[PlacedWord | None]:
    """The same places, without silence at their edges, and begun where the sound after a pause begins.

    They come from the model's attention, which lets a word begin where the one before it ends, or when half of it is
    said. `active` tells of each 10 ms whether there is sound. A place that is silent all through stays, and where music
    plays on all do."""
    fitted: list[PlacedWord | None] = []
    free = 0
    for place in places:
        if place is not None:
            first, end = round(place.start / FRAME_SECONDS), round(place.end / FRAME_SECONDS)
            sounding = np.flatnonzero(active[first:end])
            if len(sounding):
                start, stop = first + int(sounding[0]), first + int(sounding[-1]) + 1
                if start == first:
                    start = _onset(active, free, first)
                place = _between(place, start, stop, first, end)
            free = max(free, round(place.end / FRAME_SECONDS))
        fitted.append(place)
    return fitted


def _onset(active: np.ndarray, free: int, first: int) -> int:
    """The frame at which the sound that goes on in frame `first` began, if that was after `free` and a pause, and not
    long before; else `first`."""
    before = active[max(free, first - _LATE_FRAMES_MAX - _PAUSE_FRAMES_MIN) : first]
    silent = np.flatnonzero(~before)
    if not len(silent):
        return first
    begun = int(silent[-1]) + 1
    is_pause = begun >= _PAUSE_FRAMES_MIN and not before[begun - _PAUSE_FRAMES_MIN : begun].any()
    return first - (len(before) - begun) if is_pause else first


def _between(place: PlacedWord, start: int, stop: int, first: int, end: int) -> PlacedWord:
    """`place` from frame `start` to `stop`, its own seconds kept where they are the same frames."""
    start_seconds = place.start if start == first else start * FRAME_SECONDS
    end_seconds = place.end if stop == end else stop * FRAME_SECONDS
    return replace(place, start=start_seconds, end=max(end_seconds, start_seconds + WORD_SECONDS_MIN))
