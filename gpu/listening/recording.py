"""A recording as the models take it in."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kt_media.sound import read_sound
from kt_protocol import InvalidInput

from annotation import Source
from log_mel import BEATS, VOICES, voice_mel
from sound_activity import find_activity


@dataclass(frozen=True)
class Recording:
    """Mono float32 samples at 16 kHz (`voice`) and at 22 050 Hz (`music`), the `voice_mel` and where it is active."""

    source: Source
    voice: np.ndarray
    music: np.ndarray
    mel: np.ndarray
    active: np.ndarray

    @property
    def seconds(self) -> float:
        return self.source["durationSeconds"]


def read_recording(path: Path) -> Recording:
    """Raises `InvalidInput` when the file holds no sound that ffmpeg can decode."""
    voice = read_sound(path, VOICES.rate, 1)[0]
    music = read_sound(path, BEATS.rate, 1)[0]
    rate, channels = _stream_of(path)
    source: Source = {"durationSeconds": round(len(voice) / VOICES.rate, 3), "sampleRate": rate, "channels": channels}
    mel = voice_mel(voice)
    return Recording(source, voice, music, mel, find_activity(mel))


def _stream_of(path: Path) -> tuple[int, int]:
    """Sample rate (hertz) and channels of the first audio stream."""
    command = ["ffprobe", "-v", "error", "-protocol_whitelist", "file", "-select_streams", "a:0"]
    command += ["-show_entries", "stream=sample_rate,channels", "-of", "json", str(path)]
    probed = subprocess.run(command, capture_output=True, check=False)
    if probed.returncode != 0:
        sys.stderr.buffer.write(probed.stderr)
        raise InvalidInput("The file holds no sound that can be decoded.")
    stream = json.loads(probed.stdout)["streams"][0]
    return int(stream["sample_rate"]), int(stream["channels"])
