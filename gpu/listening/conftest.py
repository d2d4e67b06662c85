"""What the tests of the runner share: the models and a recording."""

import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from tiny_annotation import CLICK_SECONDS
from tiny_beat_this import make_tiny_beat_this
from tiny_whisper import make_tiny_whisper

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    make_tiny_whisper(folder / "tiny")
    make_tiny_beat_this(folder / "beat-this" / "final0.ckpt")
    return folder


@pytest.fixture(scope="session")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of clicks, two a second, in stereo."""
    rate = 44_100
    sound = np.zeros((rate * 12, 2), np.int16)
    for start in np.arange(0, 12, CLICK_SECONDS):
        tone = np.sin(2 * np.pi * 1000 * np.arange(2000) / rate) * np.exp(-np.arange(2000) / 400)
        first = round(start * rate)
        sound[first : first + 2000] += (20_000 * tone[:, None]).astype(np.int16)
    path = tmp_path_factory.mktemp("sound") / "clicks.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, len(sound), "NONE", ""))
        file.writeframes(sound.tobytes())
    return path
