"""Film at a higher frame rate: frames between the sampled ones, one after another, so that a film is never in memory
as a whole. A frame is float RGB 0..1, (1, 3, height, width), on the device of the network.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from rife import SIDE_MULTIPLE, Rife

# Practical-RIFE's own bounds, of the likeness of two neighbours on 32 x 32 pixels (SSIM, 1: the same).
CUT_BELOW: Final = 0.2
STILL_ABOVE: Final = 0.996
_SMALL_SIDE: Final = 32
_WINDOW: Final = 11
_WINDOW_SIGMA: Final = 1.5


def output_places(sampled_frames: int, output_frames: int) -> Iterator[tuple[int, float]]:
    """For each output frame the sampled frame at or before it, and how far it is on the way to the next (0 up to 1).

    The first output frame is the first sampled one, the last the last one, exactly; see `src/media/frames.ts`.
    """
    intervals = max(1, output_frames - 1)
    for index in range(output_frames):
        # In integers: a whole position must not become 11.999.
        before, rest = divmod(index * (sampled_frames - 1), intervals)
        yield before, rest / intervals


@dataclass
class RifeInterpolator:
    """Draws what is between frames by RIFE. Over a cut it repeats the frame before it; where nothing moves it mixes."""

    network: Rife
    cuts: int = 0
    stills: int = 0

    def interpolate(self, frames: Iterator[Tensor], sampled_frames: int, output_frames: int) -> Iterator[Tensor]:
        """`output_frames` frames from `sampled_frames`; sampled frames that fall on an output frame are kept."""
        before, position = next(frames), 0
        after = next(frames, before)
        pair: Pair | None = None
        for wanted, moment in output_places(sampled_frames, output_frames):
            while position < wanted:
                before, position, pair = after, position + 1, None
                after = next(frames, before)
            if moment == 0:
                yield before
                continue
            if pair is None:
                pair = Pair(self.network, before, after)
                self.cuts += pair.is_cut
                self.stills += pair.is_still
            yield pair.at(moment)


class Pair:
    """Two neighbouring sampled frames."""

    def __init__(self, network: Rife, before: Tensor, after: Tensor) -> None:
        self._network, self._before, self._after = network, before, after
        likeness = similarity(before, after)
        self.is_cut = likeness < CUT_BELOW
        self.is_still = likeness > STILL_ABOVE

    def at(self, moment: float) -> Tensor:
        """The frame at `moment`, 0 (before) to 1 (after)."""
        if self.is_cut:
            return self._before
        if self.is_still:
            return torch.lerp(self._before, self._after, moment)
        height, width = self._before.shape[2:]
        between = self._network(padded(self._before), padded(self._after), moment)
        return between[:, :, :height, :width].clamp(0, 1)


def padded(frame: Tensor) -> Tensor:
    """`frame` with its right and bottom edges drawn out to sides that RIFE takes."""
    height, width = frame.shape[2:]
    return functional.pad(frame, (0, -width % SIDE_MULTIPLE, 0, -height % SIDE_MULTIPLE), mode="replicate")


def similarity(first: Tensor, second: Tensor) -> float:
    """SSIM of two frames scaled to 32 x 32: -1 … 1. Its window covers the colours too, as Practical-RIFE's does."""
    small = (_SMALL_SIDE, _SMALL_SIDE)
    a, b = (functional.interpolate(frame, small, mode="bilinear").unsqueeze(1) for frame in (first, second))
    window = _window().to(a)

    def local_mean(values: Tensor) -> Tensor:
        return functional.conv3d(functional.pad(values, (_WINDOW // 2,) * 6, mode="replicate"), window)

    mean_a, mean_b = local_mean(a), local_mean(b)
    variance_a, variance_b = local_mean(a * a) - mean_a**2, local_mean(b * b) - mean_b**2
    covariance = local_mean(a * b) - mean_a * mean_b
    # The constants of Wang et al. 2004, for values up to 1.
    luminance = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    structure = (2 * covariance + 0.03**2) / (variance_a + variance_b + 0.03**2)
    return float((luminance * structure).mean())


def _window() -> Tensor:
    places = torch.arange(_WINDOW) - _WINDOW // 2
    bell = torch.exp(-(places**2) / (2 * _WINDOW_SIGMA**2))
    bell /= bell.sum()
    return (bell[:, None, None] * bell[:, None] * bell)[None, None]
