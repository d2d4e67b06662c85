"""How loud a sound is, and keeping its peaks down. A sound is float32 `[channels, samples]` in -1..1."""

from typing import Final

import numpy as np

# The K-weighting filters of ITU-R BS.1770-4, tables 1 and 2, which the standard gives for 48 kHz: (b, a) each.
_K_WEIGHTING_RATE: Final = 48_000
_K_WEIGHTING: Final = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_STEPS_PER_BLOCK: Final = 4
_LOOKAHEAD_SECONDS: Final = 0.005


def amplitude(decibels: float) -> float:
    """The factor of a level: -6 is about one half."""
    return 10 ** (decibels / 20)


def integrated_loudness(sound: np.ndarray, sample_rate: int) -> float:
    """LUFS by ITU-R BS.1770-4: 400 ms blocks, gated at -70 LUFS and at 10 LU below the mean. -∞ for silence, and for
    less than 400 ms. A rate of 48 kHz or less."""
    weighted = _weight(sound, sample_rate)
    step = sample_rate // 10
    steps = weighted.shape[-1] // step
    if steps < _STEPS_PER_BLOCK:
        return -np.inf
    energies = np.square(weighted[:, : steps * step]).reshape(len(weighted), steps, step).mean(axis=2).sum(axis=0)
    blocks = np.convolve(energies, np.full(_STEPS_PER_BLOCK, 1 / _STEPS_PER_BLOCK), mode="valid")
    audible = blocks[_lufs(blocks) > -70]
    if not audible.size:
        return -np.inf
    return float(_lufs(audible[_lufs(audible) > _lufs(audible.mean()) - 10].mean()))


def _lufs(energy: np.ndarray) -> np.ndarray:
    return -0.691 + 10 * np.log10(np.maximum(energy, 1e-30))


def _weight(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    """`sound` through the K-weighting filters, by their frequency response, which serves any rate."""
    # Half a second of silence, so that the tail of the filters doesn't come round to the beginning.
    size = sound.shape[-1] + sample_rate // 2
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / sample_rate) / _K_WEIGHTING_RATE)
    response = np.ones_like(turn)
    for b, a in _K_WEIGHTING:
        response *= np.polynomial.polynomial.polyval(turn, b) / np.polynomial.polynomial.polyval(turn, a)
    return np.fft.irfft(np.fft.rfft(sound, n=size) * response, n=size)[:, : sound.shape[-1]]


def limit_peaks(sound: np.ndarray, sample_rate: int, ceiling: float) -> np.ndarray:
    """`sound` with no sample above `ceiling` (an amplitude): turned down smoothly around each peak, the same in all
    channels; 5 ms before it and after it nothing has changed."""
    peaks = np.abs(sound).max(axis=0, initial=0)
    if peaks.size == 0 or peaks.max() <= ceiling:
        return sound.astype(np.float32)
    half = max(1, round(_LOOKAHEAD_SECONDS * sample_rate / 2))
    wanted = np.pad(np.minimum(1, ceiling / np.maximum(peaks, ceiling)), 2 * half, constant_values=1)
    width = 2 * half + 1
    # The least gain wanted within `half` of a sample, then its mean over as much: never above what the sample wants.
    least = _running_minimum(wanted, width)
    total = np.concatenate([[0], np.cumsum(least)])
    gain = (total[width:] - total[:-width]) / width
    return np.clip(sound * gain, -ceiling, ceiling).astype(np.float32)


def _running_minimum(values: np.ndarray, width: int) -> np.ndarray:
    """The least of each `width` neighbours, for every full window."""
    reach = 1
    while reach * 2 <= width:
        values = np.minimum(values[:-reach], values[reach:])
        reach *= 2
    rest = width - reach
    return np.minimum(values[: len(values) - rest], values[rest:])
