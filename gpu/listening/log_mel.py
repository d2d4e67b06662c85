"""Log-mel spectrograms by torch alone: no torchaudio, no librosa. Slaney's scale (Auditory Toolbox, 1998)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

# A recording is transformed in pieces of so many frames: an hour whole would take gigabytes.
_PIECE_FRAMES = 4096


@dataclass(frozen=True)
class MelScale:
    """Frames of `fft` samples every `hop`; `bands` triangles between `low` and `high` hertz, each with a peak of 1.
    `normalized` divides magnitudes by the square root of the frame's length."""

    rate: int
    fft: int
    hop: int
    bands: int
    low: float
    high: float
    normalized: bool


# What Beat This! was trained on (beat_this/preprocessing.py, LogMelSpect): 50 frames a second.
BEATS = MelScale(rate=22_050, fft=1024, hop=441, bands=128, low=30, high=11_000, normalized=True)
# 100 frames a second in the range of voices, for what is loud when and where the sound changes.
VOICES = MelScale(rate=16_000, fft=512, hop=160, bands=32, low=80, high=7_000, normalized=False)


def beat_this_mel(sound: np.ndarray) -> torch.Tensor:
    """log(1 + 1000 * magnitude) of float32 samples at 22 050 Hz: `[frames, 128]`."""
    bank = mel_bank(BEATS)
    return torch.cat([torch.log1p(1000 * (magnitude @ bank.T)) for magnitude in _magnitudes(sound, BEATS)])


def voice_mel(sound: np.ndarray) -> np.ndarray:
    """Natural logarithms of power of float32 samples at 16 kHz: `[frames, 32]`, one every 10 ms."""
    bank = mel_bank(VOICES)
    pieces = [torch.log(1e-7 + magnitude.square() @ bank.T) for magnitude in _magnitudes(sound, VOICES)]
    return torch.cat(pieces).numpy()


def mel_bank(scale: MelScale) -> torch.Tensor:
    """Weights of the spectrum's bins: `[bands, fft // 2 + 1]`."""
    mels = torch.linspace(_mel(scale.low), _mel(scale.high), scale.bands + 2, dtype=torch.float64)
    linear = mels * (200 / 3)
    edges = torch.where(mels < 15, linear, 1000 * torch.exp((mels - 15) * (math.log(6.4) / 27)))
    bins = torch.linspace(0, scale.rate / 2, scale.fft // 2 + 1, dtype=torch.float64)
    widths = edges[1:] - edges[:-1]
    ramps = edges[:, None] - bins[None]
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    return torch.clamp(torch.minimum(rising, falling), min=0).float()


def _mel(hertz: float) -> float:
    return hertz / (200 / 3) if hertz < 1000 else 15 + math.log(hertz / 1000) / (math.log(6.4) / 27)


def _magnitudes(sound: np.ndarray, scale: MelScale) -> Iterator[torch.Tensor]:
    """Pieces of `[frames, fft // 2 + 1]`. Frames are centred on their time; the ends are mirrored."""
    # A mirror can't be longer than what it shows.
    long_enough = np.pad(sound, (0, max(0, scale.fft // 2 + 1 - len(sound))))
    padded = torch.from_numpy(np.pad(long_enough, scale.fft // 2, mode="reflect"))
    window = torch.hann_window(scale.fft)
    factor = 1 / math.sqrt(scale.fft) if scale.normalized else 1.0
    frames = padded.unfold(0, scale.fft, scale.hop)
    for start in range(0, len(frames), _PIECE_FRAMES):
        yield torch.fft.rfft(frames[start : start + _PIECE_FRAMES] * window).abs() * factor
