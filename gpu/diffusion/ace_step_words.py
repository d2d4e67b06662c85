"""What ACE-Step reads: tags, lyrics and their language, within the bounds of its text encoder."""

import bisect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from diffusers import AceStepPipeline

from plain_text import plain_text

# What the model was trained with; the tokenizer cuts off the rest, and with it the text's end.
TAG_TOKENS_MAX: Final = 256
LYRIC_TOKENS_MAX: Final = 2048
# ACE-Step's names for lyrics that nobody sings, and for a language that it doesn't know.
INSTRUMENTAL: Final = "[Instrumental]"
UNKNOWN_LANGUAGE: Final = "unknown"
# https://github.com/ace-step/ACE-Step-1.5, acestep/constants.py
LANGUAGES: Final = (
    "ar az bg bn ca cs da de el en es fa fi fr he hi hr ht hu id is it ja ko la lt ms ne nl no pa pl pt ro ru sa sk sr "
    "sv sw ta te th tl tr uk ur vi yue zh"
)


@dataclass(frozen=True)
class Words:
    """What the model reads, cut to what it can."""

    tags: str
    lyrics: str
    language: str
    omitted: dict[str, int]


def words_for(pipe: AceStepPipeline, params: Mapping[str, Any]) -> Words:
    """Tags and lyrics within the model's bounds: whole words of the tags, whole lines of the lyrics, from the front."""
    lyrics = plain_text(params["lyrics"]).strip()
    known = params["language"] in LANGUAGES.split()
    language = params["language"] if known and lyrics else UNKNOWN_LANGUAGE

    def texts(tags: str, lyrics: str) -> tuple[str, str]:
        # The very texts that the call below makes.
        return pipe._format_prompt(tags, lyrics, language, params["durationSeconds"])

    def count(text: str) -> int:
        return len(pipe.tokenizer(text).input_ids)

    tags, tags_cut = shorten(
        plain_text(params["tags"]).split(), " ", TAG_TOKENS_MAX, lambda text: count(texts(text, "")[0])
    )
    lines = (lyrics or INSTRUMENTAL).splitlines()
    lyrics, lines_cut = shorten(lines, "\n", LYRIC_TOKENS_MAX, lambda text: count(texts("", text)[1]))
    omitted = {"omittedTagWords": tags_cut, "omittedLyricLines": lines_cut}
    return Words(tags, lyrics, language, {key: number for key, number in omitted.items() if number})


def shorten(parts: list[str], glue: str, most: int, cost: Callable[[str], int]) -> tuple[str, int]:
    """As many of `parts`, from the front and at least one, as cost `most` together; and how many are left out."""
    counts = range(2, len(parts) + 1)
    kept = 1 + bisect.bisect_right(counts, most, key=lambda number: cost(glue.join(parts[:number])))
    return glue.join(parts[:kept]), max(0, len(parts) - kept)
