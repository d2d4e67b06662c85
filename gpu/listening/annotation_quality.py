"""How far an annotation can be trusted."""

from collections.abc import Sequence
from typing import Final

from annotation import AnnotatedWord, Quality

# A word with less confidence is unmatched.
MATCHED_CONFIDENCE: Final = 0.3
_POOR_COVERAGE: Final = 0.6
_DRIFT_SECONDS_MAX: Final = 0.5


def assess_quality(
    words: Sequence[AnnotatedWord],
    *,
    transcript_given: bool,
    drift_seconds: float | None,
    is_silent: bool,
    warnings: Sequence[str],
) -> Quality:
    """Figures of the words, with a sentence for everything that a reader should know before trusting them. `warnings`
    are those of choosing the model."""
    unmatched = [word["index"] for word in words if word["confidence"] < MATCHED_CONFIDENCE]
    placed = transcript_given and len(words) > 0
    coverage = 1 - len(unmatched) / len(words) if placed else None
    mean = sum(word["confidence"] for word in words) / len(words) if placed else None
    sentences = [*warnings]
    if transcript_given and not words:
        sentences.append("The transcript holds no words: only beats, sections and speech segments were found.")
    if is_silent:
        sentences.append("Nothing is heard: the recording is silent.")
    elif not words and not transcript_given:
        sentences.append("No words were heard.")
    if coverage is not None and coverage < _POOR_COVERAGE:
        sentences.append(
            "The transcript matches the recording poorly: it may be another text, or lie under loud music."
        )
    if drift_seconds is not None and drift_seconds > _DRIFT_SECONDS_MAX:
        sentences.append(f"Word times are uncertain by about {drift_seconds:.1f} s.")
    return {
        "coverage": None if coverage is None else round(coverage, 3),
        "meanConfidence": None if mean is None else round(mean, 3),
        "unmatchedWords": unmatched,
        "driftSeconds": None if drift_seconds is None else round(drift_seconds, 3),
        "warnings": sentences,
    }
