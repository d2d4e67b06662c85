"""The sections of a recording: by the transcript's tags, else by where its sound changes."""

import itertools
import re
from collections.abc import Sequence
from typing import Final

from annotation import AnnotatedLine, AnnotatedSection, SectionKind

# The first that is found in a label decides.
_KINDS: Final[tuple[tuple[re.Pattern[str], SectionKind], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"pre-?\s?chorus|\bbuild", "pre-chorus"),
        (r"post-?\s?chorus", "post-chorus"),
        (r"chorus|refrain|hook", "chorus"),
        (r"verse|strophe", "verse"),
        (r"intro|opening", "intro"),
        (r"outro|ending|coda", "outro"),
        (r"bridge|middle", "bridge"),
        (r"solo", "solo"),
        (r"break", "breakdown"),
        (r"drop", "drop"),
        (r"inst", "instrumental"),
        (r"interlude", "interlude"),
    )
)


def kind_of_label(label: str) -> SectionKind:
    """What a tag such as `Final Chorus` means."""
    return next((kind for words, kind in _KINDS if words.search(label)), "other")


def sections_from_tags(labels: Sequence[str], lines: Sequence[AnnotatedLine], seconds: float) -> list[AnnotatedSection]:
    """Each section begins with its first line and lasts until the next one. A section without lines lies between its
    neighbours' lines; several in a row share that time equally."""
    spans: dict[int, tuple[float, float]] = {}
    for line in lines:
        if (section := line["sectionIndex"]) is not None:
            start = spans.get(section, (line["startSeconds"], 0.0))[0]
            spans[section] = (start, line["endSeconds"])
    starts = [_start_of(section, spans, len(labels), seconds) for section in range(len(labels))]
    ends = [*starts[1:], seconds]
    return [
        _section(index, label, kind_of_label(label), (starts[index], ends[index]), "tag")
        for index, label in enumerate(labels)
    ]


def _start_of(section: int, spans: dict[int, tuple[float, float]], count: int, seconds: float) -> float:
    if section in spans:
        return spans[section][0]
    before = max((other for other in spans if other < section), default=-1)
    after = min((other for other in spans if other > section), default=count)
    gap_start = spans[before][1] if before >= 0 else 0.0
    gap_end = spans[after][0] if after < count else seconds
    return gap_start + (section - before - 1) * max(0.0, gap_end - gap_start) / (after - before - 1)


def sections_from_novelty(boundaries: Sequence[float], seconds: float) -> list[AnnotatedSection]:
    """Sections between `boundaries` (seconds), without names."""
    edges = [0.0, *(boundary for boundary in boundaries if boundary < seconds), seconds]
    return [
        _section(index, f"Part {index + 1}", "other", (start, end), "novelty")
        for index, (start, end) in enumerate(itertools.pairwise(edges))
    ]


def _section(index: int, label: str, kind: SectionKind, span: tuple[float, float], source: str) -> AnnotatedSection:
    start, end = span
    return {
        "index": index,
        "label": label,
        "kind": kind,
        "startSeconds": round(start, 3),
        "endSeconds": round(end, 3),
        "source": source,
    }
