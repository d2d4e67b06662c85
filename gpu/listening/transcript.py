"""A transcript taken apart into lines, words and sections, by the same rules as the embedded engine's."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

# A line that is nothing but a tag, e.g. `[Pre-Chorus 2]`.
_SECTION_LINE: Final = re.compile(r"\s*\[([^\]]{1,80})\]\s*")
# Languages written without spaces between words. There every letter (with its marks) is a word, as Whisper has it.
UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "km", "my", "yue"})


@dataclass(frozen=True)
class TranscriptWord:
    """A word as it stands in the transcript."""

    text: str
    line: int


@dataclass(frozen=True)
class TranscriptLine:
    """`section` is None before the first tag; the words are `range(first_word, end_word)`."""

    text: str
    section: int | None
    first_word: int
    end_word: int


@dataclass
class Transcript:
    """In the order of what is heard. A section may have no lines, such as an intro."""

    lines: list[TranscriptLine] = field(default_factory=list)
    words: list[TranscriptWord] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)


def parse_transcript(text: str, language: str) -> Transcript:
    """`language` (ISO 639-1) decides how lines fall into words."""
    transcript = Transcript()
    for raw_line in re.split(r"\r\n|\r|\n", text):
        tag = _SECTION_LINE.fullmatch(raw_line)
        if tag and tag[1].strip():
            transcript.sections.append(tag[1].strip())
        else:
            _add_line(transcript, raw_line.strip(), language)
    return transcript


def _add_line(transcript: Transcript, text: str, language: str) -> None:
    words = split_words(text, language)
    if not words:
        return
    first = len(transcript.words)
    line = len(transcript.lines)
    transcript.words += [TranscriptWord(word, line) for word in words]
    section = len(transcript.sections) - 1 if transcript.sections else None
    transcript.lines.append(TranscriptLine(text, section, first, len(transcript.words)))


def split_words(line: str, language: str) -> list[str]:
    """The words of a line, punctuation and all. Bare punctuation is no word: a dash between spaces is dropped."""
    tokens = line.split()
    if language in UNSPACED:
        tokens = [part for token in tokens for part in _letters(token)]
    return [token for token in tokens if is_speakable(token)]


def is_speakable(text: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def _letters(token: str) -> list[str]:
    """Letters with the marks that follow them; Latin words and numbers stay whole."""
    parts: list[str] = []
    for letter in token:
        joins = unicodedata.category(letter)[0] == "M" or (letter.isascii() and parts and parts[-1][-1].isascii())
        if joins and parts:
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts
