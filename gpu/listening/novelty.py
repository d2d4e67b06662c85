"""Where a recording changes its sound."""

from typing import Final

import numpy as np

from sound_activity import FRAME_SECONDS

# The recording is compared with itself in steps of this length.
_STEP_SECONDS: Final = 0.5
# A boundary is looked for in this much on either side of it.
_REACH_STEPS: Final = 16
_SECTION_STEPS_MIN: Final = 16
# A boundary stands this far above the mean novelty, in standard deviations.
_DEVIATIONS_MIN: Final = 1.0
_NOVELTY_MIN: Final = 0.02


def novelty_boundaries(mel: np.ndarray) -> list[float]:
    """Seconds, in order, inside the recording of `voice_mel`. Peaks of Foote's novelty (Foote 2000): a checkerboard
    drawn along the diagonal of the recording's likeness to itself."""
    steps = _step_vectors(mel)
    if len(steps) < 3 * _REACH_STEPS:
        return []
    kernel = _checkerboard()
    novelty = np.zeros(len(steps))
    for at in range(_REACH_STEPS, len(steps) - _REACH_STEPS + 1):
        around = steps[at - _REACH_STEPS : at + _REACH_STEPS]
        novelty[at] = float((kernel * (around @ around.T)).sum())
    threshold = max(_NOVELTY_MIN, novelty.mean() + _DEVIATIONS_MIN * novelty.std())
    boundaries: list[int] = []
    for at in range(_SECTION_STEPS_MIN, len(steps) - _SECTION_STEPS_MIN + 1):
        is_peak = novelty[at] == novelty[max(0, at - _SECTION_STEPS_MIN) : at + _SECTION_STEPS_MIN + 1].max()
        if novelty[at] >= threshold and is_peak and at - (boundaries[-1] if boundaries else 0) >= _SECTION_STEPS_MIN:
            boundaries.append(at)
    return [at * _STEP_SECONDS for at in boundaries]


def _step_vectors(mel: np.ndarray) -> np.ndarray:
    """Mean log power of each step and band, without each band's mean, as unit vectors; near silence shorter ones."""
    frames = round(_STEP_SECONDS / FRAME_SECONDS)
    count = len(mel) // frames
    if count == 0:
        return np.zeros((0, mel.shape[1]))
    steps = mel[: count * frames].reshape(count, frames, -1).mean(1, dtype=np.float64)
    steps -= steps.mean(0)
    return steps / np.sqrt(0.5 + np.square(steps).sum(1, keepdims=True))


def _checkerboard() -> np.ndarray:
    """Likeness inside the two sides less the likeness across, tapered by a Gaussian; weights add up to 1."""
    places = (np.arange(-_REACH_STEPS, _REACH_STEPS) + 0.5) / _REACH_STEPS
    taper = np.exp(-2 * (places[:, None] ** 2 + places[None] ** 2))
    return np.sign(places[:, None] * places[None]) * taper / taper.sum()
