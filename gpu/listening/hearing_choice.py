"""Which of the installed Whisper models listens, and in which language."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from kt_protocol import InvalidInput

# Distilled on English alone, whatever its vocabulary holds.
ENGLISH_ONLY: Final = frozenset({"distil-large-v3"})
# The best first.
_SUBSTITUTES: Final = ("large-v3", "large-v3-turbo", "distil-large-v3", "medium", "small", "base", "tiny")


@dataclass(frozen=True)
class HearingChoice:
    """`model` is the name of a folder; `warnings` say where it is not what was asked for."""

    model: str
    warnings: tuple[str, ...] = ()


def choose_model(requested: str, language: str, installed: Collection[str]) -> HearingChoice:
    """The requested model where it is installed and hears `language` (ISO 639-1), else the best that is and does.
    Raises `InvalidInput` when none does."""
    if requested in installed and _hears(requested, language):
        return HearingChoice(requested)
    substitute = next((name for name in _SUBSTITUTES if name in installed and _hears(name, language)), None)
    if substitute is None:
        raise InvalidInput(f'None of the installed Whisper models hears "{language}": install large-v3.')
    reason = "hears English only" if requested in installed else "is not installed"
    if requested not in installed and not _hears(requested, language):
        reason = "hears English only"
    return HearingChoice(substitute, (f"The model {requested} {reason}: {substitute} listened instead.",))


def _hears(model: str, language: str) -> bool:
    return language == "en" or model not in ENGLISH_ONLY
