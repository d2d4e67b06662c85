from pathlib import Path

import numpy as np
import pytest
from kt_media.sound import write_sound
from kt_protocol import InvalidInput

from reference_voice import SAMPLE_RATE, read_reference


def recording(folder: Path, *parts: float) -> Path:
    """Tones of so many seconds, stereo at 48 kHz, with a pause of 0.1 s between them."""
    pause = np.zeros(4800)
    tones = [0.3 * np.sin(2 * np.pi * 200 * np.arange(round(seconds * 48_000)) / 48_000) for seconds in parts]
    sound = np.concatenate([piece for tone in tones for piece in (tone, pause)][:-1])
    write_sound(folder / "voice.flac", np.stack([sound, sound]).astype(np.float32), 48_000, "flac", 0, "")
    return folder / "voice.flac"


def test_a_short_recording_is_used_whole(tmp_path: Path) -> None:
    reference = read_reference(recording(tmp_path, 3), 6, " What is said in it. ")
    assert reference.samples.shape == (3 * SAMPLE_RATE,)
    assert reference.samples.dtype == np.float32
    assert (reference.transcript, reference.notes) == ("What is said in it.", ())


def test_a_long_one_is_trimmed_at_a_pause(tmp_path: Path) -> None:
    assert read_reference(recording(tmp_path, 5.2, 4), 6, None).seconds == pytest.approx(5.3, abs=0.02)
    assert read_reference(recording(tmp_path, 9), 6, None).seconds == pytest.approx(6, abs=0.001)
    assert read_reference(recording(tmp_path, 2, 7), 6, None).seconds == pytest.approx(6, abs=0.001)


def test_a_transcript_that_can_not_be_what_is_said_is_left_out(tmp_path: Path) -> None:
    file = recording(tmp_path, 9)
    assert read_reference(file, 9, "x" * 180).transcript == "x" * 180
    trimmed = read_reference(file, 6, "x" * 180)
    assert trimmed.transcript is None
    assert "6.0 s" in trimmed.notes[0]
    assert read_reference(file, 6, "  ").notes == ()


def test_what_has_no_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="shorter"):
        read_reference(recording(tmp_path, 0.3), 6, None)
    write_sound(tmp_path / "silence.wav", np.zeros((1, 48_000)), 48_000, "wav", 0, "")
    with pytest.raises(InvalidInput, match="silent"):
        read_reference(tmp_path / "silence.wav", 6, None)
    (tmp_path / "text.mp3").write_text("no sound")
    with pytest.raises(InvalidInput):
        read_reference(tmp_path / "text.mp3", 6, None)
