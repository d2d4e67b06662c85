"""How long a text takes to say, in tokens of the model's codec."""

import unicodedata
from typing import Final

TOKENS_PER_SECOND: Final = 12.5

_CHARACTERS_PER_SECOND: Final = 15
# Dashes, brackets and quotation marks by their Unicode categories; other marks, such as %, are read out.
_SILENT_CATEGORIES: Final = frozenset({"Pd", "Ps", "Pe", "Pi", "Pf"})
_SILENT_MARKS: Final = frozenset(".,;:!?'\"…")
# The slowest clear speech says 6 letters a second; a digit or sign is a word. Pauses come on top.
_SLOW_TOKENS_PER_LETTER: Final = 2
_SLOW_TOKENS_PER_SIGN: Final = 8
_PAUSE_TOKENS: Final = 75


def tokens_expected(text: str) -> int:
    """Tokens of `text` at the usual pace, 15 characters a second."""
    return max(1, round(len(text) / _CHARACTERS_PER_SECOND * TOKENS_PER_SECOND))


def tokens_enough(text: str) -> int:
    """Tokens that suffice for `text` in the slowest voice. A voice that needs more has lost the text: the model, above
    all when it clones, at times never ends by itself."""
    signs = sum(_is_read_out(character) for character in text)
    return _PAUSE_TOKENS + _SLOW_TOKENS_PER_LETTER * (len(text) - signs) + _SLOW_TOKENS_PER_SIGN * signs


def _is_read_out(character: str) -> bool:
    """Whether a character is said as a word: a digit, a currency, an emoji."""
    if character.isalpha() or character.isspace() or character in _SILENT_MARKS:
        return False
    return unicodedata.category(character) not in _SILENT_CATEGORIES
