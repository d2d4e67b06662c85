"""The shape of `annotation.json`: the same as every engine of the task writes (`src/media/annotation.ts`)."""

from typing import Annotated, Literal, TypedDict

from kt_protocol.shape import maximum, minimum

Seconds = Annotated[float, minimum(0)]
Index = Annotated[int, minimum(0)]
Fraction = Annotated[float, minimum(0), maximum(1)]
SectionKind = Literal[
    "intro",
    "verse",
    "pre-chorus",
    "chorus",
    "post-chorus",
    "bridge",
    "breakdown",
    "drop",
    "instrumental",
    "solo",
    "interlude",
    "outro",
    "other",
]


class Span(TypedDict):
    """Seconds from the start of the recording."""

    startSeconds: Seconds
    endSeconds: Seconds


class AnnotatedWord(Span):
    index: Index
    text: str
    confidence: Fraction
    lineIndex: Index


class AnnotatedLine(Span):
    index: Index
    text: str
    sectionIndex: Index | None
    words: list[Index]


class AnnotatedSection(Span):
    index: Index
    label: str
    kind: SectionKind
    source: Literal["tag", "novelty"]


class _BeatsBase(TypedDict):
    tempoBpm: Annotated[float, minimum(1)] | None
    confidence: Fraction
    timesSeconds: list[Seconds]


class AnnotatedBeats(_BeatsBase, total=False):
    downbeatIndices: list[Index]


class Quality(TypedDict):
    coverage: Fraction | None
    meanConfidence: Fraction | None
    unmatchedWords: list[Index]
    driftSeconds: Seconds | None
    warnings: list[str]


class Engine(TypedDict):
    name: str
    version: str


class Source(TypedDict):
    durationSeconds: Seconds
    sampleRate: Annotated[int, minimum(1)]
    channels: Annotated[int, minimum(1)]


class ModelUse(TypedDict):
    requested: str
    used: str | None


class Lyrics(TypedDict):
    text: str
    lines: list[AnnotatedLine]


class Annotation(TypedDict):
    schemaVersion: Literal[1]
    engine: Engine
    draft: bool
    comment: str
    source: Source
    language: str
    transcriptProvided: bool
    transcriptionModel: ModelUse
    lyrics: Lyrics
    words: list[AnnotatedWord]
    sections: list[AnnotatedSection]
    beats: AnnotatedBeats
    speechSegments: list[Span]
    qa: Quality
