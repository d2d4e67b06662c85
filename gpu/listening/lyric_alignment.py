"""Anchors a known text to a recording: by the words that were heard, then by force between them, then by guess."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fit_in_order import PlacedWord, WordText, fill_gaps, keep_rising
from fit_to_sound import fit_to_sound
from hearing import FoundWord, HeardWord
from transcript import Transcript
from word_matching import Match, match_words

# One look of the aligner; Whisper takes in 30 s at once.
_STRETCH_SECONDS_MAX: Final = 28.0
# A longer pause than this ends a stretch: words are not to be looked for in it.
_PAUSE_SECONDS: Final = 4.0
# How far before (or after) an anchor a word that was not heard may be said, and some more for the first of them.
_UNHEARD_WORD_SECONDS: Final = 0.8
_MARGIN_SECONDS: Final = 1.0
# Anchors are a little late, and their ends a little early.
_EDGE_SECONDS: Final = 0.2
_NEIGHBOURS: Final = 4
# A word that the model would say there itself, and the part of a stretch that has to be such words, or heard.
_BELIEVED_PROBABILITY: Final = 0.3
_BELIEVED_PART: Final = 0.5


@dataclass(frozen=True)
class Stretch:
    """Words `first` to `end` (exclusive) of the transcript, whole lines, are said between these seconds if at all."""

    first: int
    end: int
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Alignment:
    """`drift_seconds`: the median distance between where a word was heard and where it was found by force; None where
    no word was both."""

    words: list[PlacedWord]
    drift_seconds: float | None


FindWords = Callable[[Stretch], list[FoundWord] | None]


def align_transcript(
    transcript: Transcript, heard: Sequence[HeardWord], seconds: float, active: np.ndarray, find_words: FindWords
) -> Alignment:
    """Places every word of `transcript` in a recording of `seconds`. `find_words` aligns one stretch; None where it
    can't. `active` tells of each 10 ms whether there is sound. Places rise, don't overlap, and lie inside the
    recording."""
    texts = [WordText(len(word.text), word.line) for word in transcript.words]
    matches = match_words([word.text for word in transcript.words], [word.text for word in heard])
    anchors = keep_rising(_anchors(matches, heard), seconds)
    found: list[FoundWord | None] = [None] * len(texts)
    drifts: list[float] = []
    for stretch in stretches(transcript, anchors, seconds):
        words = find_words(stretch) or []
        span = anchors[stretch.first : stretch.end]
        drifts += [abs(anchor.start - word.start) for anchor, word in zip(span, words, strict=False) if anchor]
        if _is_believable(words, span):
            found[stretch.first : stretch.end] = words
    places = fill_gaps(fit_to_sound(_merge(anchors, found, seconds), active), texts, seconds)
    return Alignment(places, statistics.median(drifts) if drifts else None)


def _is_believable(words: Sequence[FoundWord], anchors: Sequence[PlacedWord | None]) -> bool:
    """Forced alignment finds a place for anything. Whether it means something shows in the stretch as a whole; then a
    word that the model wouldn't have said is likely where it was found too, and more so than anywhere else."""
    pairs = zip(words, anchors, strict=False)
    believed = sum(1 for word, anchor in pairs if anchor or word.probability >= _BELIEVED_PROBABILITY)
    return believed >= max(1, _BELIEVED_PART * len(words))


def _anchors(matches: Sequence[Match | None], heard: Sequence[HeardWord]) -> list[PlacedWord | None]:
    """A match is worth what the model says of it, and what its neighbours say: in a wrong transcript stray words match
    too, but never many in a row."""
    anchors: list[PlacedWord | None] = []
    for index, match in enumerate(matches):
        if match is None:
            anchors.append(None)
            continue
        around = matches[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 1]
        support = sum(1 for other in around if other) / len(around)
        word = heard[match.heard]
        confidence = match.likeness * support * (0.5 + 0.5 * word.probability)
        anchors.append(PlacedWord(word.start, word.end, min(1.0, max(0.0, confidence)), "heard"))
    return anchors


def stretches(transcript: Transcript, anchors: Sequence[PlacedWord | None], seconds: float) -> Iterator[Stretch]:
    """The lines in groups that fit the aligner, each with the time between the anchors around it. Lines for which that
    is too long are left out."""
    waiting: Stretch | None = None
    for line in transcript.lines:
        now = _stretch_around(line.first_word, line.end_word, anchors, seconds)
        if now.end_seconds - now.start_seconds > _STRETCH_SECONDS_MAX:
            now = None
        if waiting is not None and now is not None:
            pause = now.start_seconds - waiting.end_seconds
            together = _stretch_around(waiting.first, now.end, anchors, seconds)
            if pause <= _PAUSE_SECONDS and together.end_seconds - together.start_seconds <= _STRETCH_SECONDS_MAX:
                waiting = together
                continue
        if waiting is not None:
            yield waiting
        waiting = now
    if waiting is not None:
        yield waiting


def _stretch_around(first: int, end: int, anchors: Sequence[PlacedWord | None], seconds: float) -> Stretch:
    before = next((anchor.end for anchor in reversed(anchors[:first]) if anchor), 0.0)
    after = next((anchor.start for anchor in anchors[end:] if anchor), seconds)
    inside = [index for index in range(first, end) if anchors[index]]
    start_seconds, end_seconds = before, after
    if inside:
        leading, trailing = inside[0] - first, end - 1 - inside[-1]
        start_seconds = max(before, anchors[inside[0]].start - _reach(leading))
        end_seconds = min(after, anchors[inside[-1]].end + _reach(trailing))
    return Stretch(first, end, start_seconds, max(start_seconds, end_seconds))


def _reach(unheard: int) -> float:
    return _EDGE_SECONDS if unheard == 0 else _MARGIN_SECONDS + unheard * _UNHEARD_WORD_SECONDS


def _merge(
    anchors: Sequence[PlacedWord | None], found: Sequence[FoundWord | None], seconds: float
) -> list[PlacedWord | None]:
    """Anchors stay; between them, what was found by force, with the probability as confidence."""
    merged: list[PlacedWord | None] = list(anchors)
    left = 0.0
    rights = _next_starts(anchors, seconds)
    for index, word in enumerate(found):
        anchor = anchors[index]
        if anchor is not None:
            left = anchor.end
        elif word is not None:
            start, end = max(left, word.start), min(rights[index], word.end)
            if end > start:
                merged[index] = PlacedWord(start, end, min(1.0, word.probability), "aligned")
                left = end
    return merged


def _next_starts(anchors: Sequence[PlacedWord | None], seconds: float) -> list[float]:
    """For each word the start of the next anchor."""
    starts: list[float] = []
    right = seconds
    for anchor in reversed(anchors):
        starts.append(right)
        right = anchor.start if anchor else right
    return starts[::-1]
