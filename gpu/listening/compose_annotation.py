"""Puts what was found together as an annotation."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation import AnnotatedBeats, AnnotatedLine, AnnotatedSection, AnnotatedWord, Annotation, Engine, ModelUse
from annotation_quality import assess_quality
from fit_in_order import PlacedWord, separate
from hearing import HeardLine
from novelty import novelty_boundaries
from recording import Recording
from sections import sections_from_novelty, sections_from_tags
from sound_activity import active_segments
from transcript import Transcript, TranscriptLine, TranscriptWord


@dataclass(frozen=True)
class Findings:
    """`transcript` is what was given, or else what was heard; `places` has one entry for each of its words."""

    transcript: Transcript
    places: Sequence[PlacedWord]
    lyrics: str
    transcript_given: bool
    drift_seconds: float | None
    beats: AnnotatedBeats
    language: str
    model: ModelUse
    warnings: Sequence[str]


def heard_transcript(lines: Sequence[HeardLine], seconds: float) -> tuple[Transcript, list[PlacedWord]]:
    """What was heard in the form of a transcript without sections, and where its words are."""
    transcript = Transcript()
    places: list[PlacedWord] = []
    for line in lines:
        if not line.words:
            continue
        first, number = len(transcript.words), len(transcript.lines)
        transcript.words += [TranscriptWord(word.text, number) for word in line.words]
        transcript.lines.append(TranscriptLine(line.text, None, first, len(transcript.words)))
        places += [
            PlacedWord(word.start, word.end, min(1.0, max(0.0, word.probability)), "heard") for word in line.words
        ]
    return transcript, separate(places, seconds)


def compose_annotation(engine: Engine, comment: str, recording: Recording, found: Findings) -> Annotation:
    """The annotation that `engine` gives of `recording`."""
    words = _words(found.transcript, found.places)
    lines = _lines(found.transcript, words)
    if found.transcript.sections:
        sections = sections_from_tags(found.transcript.sections, lines, recording.seconds)
    else:
        sections = sections_from_novelty(novelty_boundaries(recording.mel), recording.seconds)
    segments = active_segments(recording.active)
    return {
        "schemaVersion": 1,
        "engine": engine,
        "draft": False,
        "comment": comment,
        "source": recording.source,
        "language": found.language,
        "transcriptProvided": found.transcript_given,
        "transcriptionModel": found.model,
        "lyrics": {"text": found.lyrics, "lines": _in_sections(lines, sections)},
        "words": words,
        "sections": sections,
        "beats": found.beats,
        "speechSegments": [
            {"startSeconds": round(start, 3), "endSeconds": round(min(end, recording.seconds), 3)}
            for start, end in segments
            if start < recording.seconds
        ],
        "qa": assess_quality(
            words,
            transcript_given=found.transcript_given,
            drift_seconds=found.drift_seconds,
            is_silent=not recording.active.any(),
            warnings=found.warnings,
        ),
    }


def _words(transcript: Transcript, places: Sequence[PlacedWord]) -> list[AnnotatedWord]:
    return [
        {
            "index": index,
            "text": word.text,
            "startSeconds": round(place.start, 3),
            "endSeconds": round(place.end, 3),
            "confidence": round(place.confidence, 3),
            "lineIndex": word.line,
        }
        for index, (word, place) in enumerate(zip(transcript.words, places, strict=True))
    ]


def _lines(transcript: Transcript, words: Sequence[AnnotatedWord]) -> list[AnnotatedLine]:
    return [
        {
            "index": index,
            "text": line.text,
            "startSeconds": words[line.first_word]["startSeconds"],
            "endSeconds": words[line.end_word - 1]["endSeconds"],
            "sectionIndex": line.section,
            "words": list(range(line.first_word, line.end_word)),
        }
        for index, line in enumerate(transcript.lines)
    ]


def _in_sections(lines: Sequence[AnnotatedLine], sections: Sequence[AnnotatedSection]) -> list[AnnotatedLine]:
    """Lines without a tag belong to the section that is heard when they begin."""
    placed: list[AnnotatedLine] = []
    for line in lines:
        index = line["sectionIndex"]
        if index is None:
            begun = [s for s in sections if s["source"] == "novelty" and s["startSeconds"] <= line["startSeconds"]]
            index = begun[-1]["index"] if begun else None
        placed.append({**line, "sectionIndex": index})
    return placed
