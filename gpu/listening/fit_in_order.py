"""Puts words that were placed one by one into order, and words that were not placed between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

WORD_SECONDS_MIN: Final = 0.02
# What a word without a place takes, where there is room: slow speech.
_WORD_SECONDS: Final = 0.12
_LETTER_SECONDS: Final = 0.06
# Confidence of a word that lies between others: under what counts as matched.
_INSIDE_LINE: Final = 0.25
_ELSEWHERE: Final = 0.05


@dataclass(frozen=True)
class PlacedWord:
    """Seconds from the start of the recording. `how`: `heard` by its text, `aligned` by force, `guessed` between."""

    start: float
    end: float
    confidence: float
    how: Literal["heard", "aligned", "guessed"]


@dataclass(frozen=True)
class WordText:
    """What is known of a word that has no place: its length and its line."""

    letters: int
    line: int


def keep_rising(places: Sequence[PlacedWord | None], seconds: float) -> list[PlacedWord | None]:
    """The most places that can be kept so that their starts rise; the others become None. All are cut to
    0..`seconds`. Longest increasing subsequence by patience sorting."""
    tails: list[int] = []
    before: list[int] = [-1] * len(places)
    for index, place in enumerate(places):
        if place is None or not 0 <= place.start < seconds or not place.start < place.end:
            continue
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if places[tails[middle]].start < place.start:
                low = middle + 1
            else:
                high = middle
        before[index] = tails[low - 1] if low else -1
        tails[low:] = [index, *tails[low + 1 :]]
    kept: list[PlacedWord | None] = [None] * len(places)
    index = tails[-1] if tails else -1
    while index >= 0:
        kept[index] = replace(places[index], end=min(places[index].end, seconds))
        index = before[index]
    return kept


def fill_gaps(places: Sequence[PlacedWord | None], texts: Sequence[WordText], seconds: float) -> list[PlacedWord]:
    """A place for every word: those without one lie between their neighbours, near the one that is in their line.
    Places rise, don't overlap, and lie inside 0..`seconds`."""
    filled = list(places)
    first = 0
    while first < len(filled):
        end = first
        while end < len(filled) and filled[end] is None:
            end += 1
        if end > first:
            filled[first:end] = _between(filled, texts, first, end, seconds)
        first = end + 1
    return separate([place for place in filled if place is not None], seconds)


def _between(
    places: Sequence[PlacedWord | None], texts: Sequence[WordText], first: int, end: int, seconds: float
) -> list[PlacedWord]:
    """Places of the words `first` to `end` (exclusive), none of which has one."""
    left = places[first - 1] if first > 0 else None
    right = places[end] if end < len(places) else None
    limit = right.start if right else seconds
    # Two that were heard may overlap.
    start = min(left.end, limit) if left else 0.0
    room = limit - start
    left_line = texts[first - 1].line if left else None
    right_line = texts[end].line if right else None
    wanted = [_WORD_SECONDS + _LETTER_SECONDS * text.letters for text in texts[first:end]]
    scale = min(1.0, room / sum(wanted))
    # What is left over lies before the first word that isn't said in one go with the word on the left.
    spare = room - scale * sum(wanted)
    breaks = _breaks([text.line for text in texts[first:end]], left_line, right_line)
    found: list[PlacedWord] = []
    for place, (text, length) in enumerate(zip(texts[first:end], wanted, strict=True)):
        start += spare * breaks.count(place) / len(breaks)
        inside = left_line == text.line == right_line
        confidence = _INSIDE_LINE if inside else _ELSEWHERE
        found.append(PlacedWord(start, start + scale * length, confidence, "guessed"))
        start += scale * length
    return found


def _breaks(lines: Sequence[int], left_line: int | None, right_line: int | None) -> list[int]:
    """Before which of the words there may be a pause, `len(lines)` for after the last: where a line begins. Within one
    line, before the first word and after the last."""
    ahead = [left_line, *lines]
    after = [*lines, right_line]
    found = [place for place, (a, b) in enumerate(zip(ahead, after, strict=True)) if a != b]
    return found or [0, len(lines)]


def separate(places: Sequence[PlacedWord], seconds: float) -> list[PlacedWord]:
    """The same words, moved as little as it takes for each to begin after the one before has ended, to last a little,
    and to end inside the recording."""
    least = min(WORD_SECONDS_MIN, seconds / max(1, len(places)))
    moved: list[PlacedWord] = []
    time = 0.0
    for index, place in enumerate(places):
        start = max(time, place.start)
        end = max(start + least, place.end)
        # A word that overlaps the next gives way, not the next one.
        if index + 1 < len(places):
            end = max(start + least, min(end, places[index + 1].start))
        moved.append(replace(place, start=start, end=end))
        time = end
    limit = seconds
    for index in range(len(moved) - 1, -1, -1):
        place = moved[index]
        if place.end <= limit:
            break
        start = max(0.0, min(place.start, limit - least))
        moved[index] = replace(place, start=start, end=limit)
        limit = start
    return moved
