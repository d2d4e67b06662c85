"""The recording whose voice is cloned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from kt_media.sound import read_sound
from kt_protocol import InvalidInput

from pauses import cut_at_pause, is_silent

# Of the speaker encoder and of the codec alike.
SAMPLE_RATE: Final = 24_000

_SECONDS_MIN: Final = 0.5
# A recording is cut at a pause in the last fifth of what may be used of it.
_CUT_FROM: Final = 0.8
# Nobody is understood who talks faster than this.
_CHARACTERS_PER_SECOND_MAX: Final = 22


@dataclass(frozen=True)
class ReferenceVoice:
    """What the model gets of a recording: float32 `[samples]` at 24 kHz, and what is said in them, if that is known."""

    samples: np.ndarray
    transcript: str | None
    notes: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def read_reference(path: Path, seconds_max: float, transcript: str | None) -> ReferenceVoice:
    """Reads a recording and trims it to `seconds_max`, at a pause where there is one.

    With a transcript the model goes on from the recording's own words, which copies manner and voice, but makes it say
    the rest of a transcript that is longer than the recording: one that can't be what is said is left out. Raises
    `InvalidInput` for what is no sound, is silent, or shorter than half a second.
    """
    recording = np.clip(read_sound(path, SAMPLE_RATE, 1)[0], -1, 1)
    samples = recording
    if len(recording) > seconds_max * SAMPLE_RATE:
        samples = cut_at_pause(recording, SAMPLE_RATE, _CUT_FROM * seconds_max, seconds_max)
    if len(samples) < _SECONDS_MIN * SAMPLE_RATE:
        raise InvalidInput(f"The reference recording is shorter than {_SECONDS_MIN} s.")
    if is_silent(samples, SAMPLE_RATE):
        raise InvalidInput("The reference recording is silent.")
    said = transcript.strip() if transcript else ""
    if not said:
        return ReferenceVoice(samples, None, ())
    if len(said) > _CHARACTERS_PER_SECOND_MAX * len(samples) / SAMPLE_RATE:
        note = f"The transcript is longer than the {len(samples) / SAMPLE_RATE:.1f} s that were used: it was left out."
        return ReferenceVoice(samples, None, (note,))
    return ReferenceVoice(samples, said, ())
