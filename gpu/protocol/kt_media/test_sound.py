import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kt_media.loudness import amplitude, integrated_loudness, limit_peaks
from kt_media.sound import exact_length, normalise_loudness, read_sound, write_sound
from kt_protocol import Canceled, InvalidInput, RunnerError

RATE = 48_000
FORMATS = ["mp3", "opus", "wav", "flac"]


def tone(seconds: float, level: float = 0.5, hertz: float = 997, channels: int = 2, rate: int = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.tile(level * np.sin(2 * np.pi * hertz * time), (channels, 1)).astype(np.float32)


def write(path: Path, sound: np.ndarray, output_format: str, kbps: int = 128) -> Path:
    entry = write_sound(path, sound, RATE, output_format, kbps, "Made by a test with Killa Tamata")
    assert (entry["filename"], entry["durationSeconds"]) == (path.name, sound.shape[1] / RATE)
    return path


def probe(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_written_sound_has_its_length_channels_rate_and_comment(tmp_path: Path, output_format: str) -> None:
    file = write(tmp_path / "sound", tone(1.37), output_format)
    found = probe(file)
    stream = found["streams"][0]
    assert (stream["sample_rate"], stream["channels"]) == ("48000", 2)
    comments = {**found["format"].get("tags", {}), **stream.get("tags", {})}
    assert "Made by a test with Killa Tamata" in comments.values()
    assert read_sound(file, RATE, 2).shape == (2, round(1.37 * RATE))


@pytest.mark.parametrize(("output_format", "kbps"), [("mp3", 64), ("mp3", 320), ("opus", 96), ("opus", 320)])
def test_the_bit_rate_is_the_one_asked_for(tmp_path: Path, output_format: str, kbps: int) -> None:
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, (1, 4 * RATE)).astype(np.float32)
    found = probe(write(tmp_path / "sound", noise, output_format, kbps))
    assert int(found["format"]["bit_rate"]) == pytest.approx(kbps * 1000, rel=0.05)


def test_a_low_sample_rate_has_every_bit_rate_too(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, (1, 4 * 24_000)).astype(np.float32)
    write_sound(tmp_path / "sound", noise, 24_000, "mp3", 320, "")
    assert int(probe(tmp_path / "sound")["format"]["bit_rate"]) == pytest.approx(320_000, rel=0.05)
    assert read_sound(tmp_path / "sound", 24_000, 1).shape == noise.shape


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_samples_give_the_same_bytes(tmp_path: Path, output_format: str) -> None:
    first, second = (write(tmp_path / name, tone(0.5), output_format).read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.parametrize("output_format", FORMATS)
def test_peaks_stay_under_one_decibel_below_full_scale(tmp_path: Path, output_format: str) -> None:
    loud = np.clip(tone(1, level=3) + tone(1, level=2, hertz=3001), -3, 3)
    heard = read_sound(write(tmp_path / "loud", loud, output_format), RATE, 2)
    assert 0.7 < np.abs(heard).max() <= amplitude(-1) + 1e-3
    quiet = read_sound(write(tmp_path / "quiet", tone(1, level=0.1), "wav"), RATE, 2)
    assert np.abs(quiet).max() == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers_are_refused(tmp_path: Path, value: float) -> None:
    broken = tone(0.1)
    broken[0, 7] = value
    with pytest.raises(RunnerError, match="not numbers") as failure:
        write(tmp_path / "broken", broken, "wav")
    assert failure.value.kind == "internal"
    assert not (tmp_path / "broken").exists()


def test_a_cancel_ends_the_writing(tmp_path: Path) -> None:
    def cancel() -> None:
        raise Canceled

    with pytest.raises(Canceled):
        write_sound(tmp_path / "sound.mp3", tone(1), RATE, "mp3", 128, "", cancel)


def test_a_failure_of_ffmpeg_is_reported_without_its_paths(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match=r"^ffmpeg could not write the sound\.$"):
        write(tmp_path / "missing" / "sound", tone(5), "wav")


def test_reading_resamples_and_mixes_down(tmp_path: Path) -> None:
    sound = tone(1)
    sound[1] = 0
    heard = read_sound(write(tmp_path / "sound", sound, "flac"), 16_000, 1)
    assert heard.shape == (1, 16_000)
    assert heard.dtype == np.float32
    assert np.abs(heard).max() == pytest.approx(0.25, abs=0.01)


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.mp3").write_bytes(b"no sound at all" * 99)
    with pytest.raises(InvalidInput):
        read_sound(tmp_path / "noise.mp3", RATE, 1)


def test_an_exact_length_is_cut_with_a_fade_or_filled_with_silence() -> None:
    sound = np.ones((2, RATE), dtype=np.float32)
    cut = exact_length(sound, RATE // 2)
    assert cut.shape == (2, RATE // 2)
    assert cut[0, -1] == 0 and 0 < cut[0, -240] < 1 and cut[0, -481] == 1
    filled = exact_length(sound, RATE + 100)
    assert filled.shape == (2, RATE + 100)
    assert not filled[:, RATE - 1 :].any() and filled[0, RATE - 481] == 1
    assert exact_length(sound, RATE) is sound
    assert sound.min() == 1


@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_loudness_is_that_of_the_standard(tmp_path: Path, rate: int) -> None:
    # EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS.
    sound = tone(20, level=amplitude(-23), hertz=1000, rate=rate)
    assert integrated_loudness(sound, rate) == pytest.approx(-23, abs=0.1)
    assert integrated_loudness(tone(0.3), RATE) == -np.inf
    assert integrated_loudness(np.zeros((1, RATE)), RATE) == -np.inf


def test_pauses_do_not_count_for_the_loudness() -> None:
    sound = np.concatenate([tone(10, level=0.1), np.zeros((2, 10 * RATE), dtype=np.float32)], axis=1)
    assert integrated_loudness(sound, RATE) == pytest.approx(integrated_loudness(tone(10, level=0.1), RATE), abs=0.2)


def test_a_sound_is_brought_to_a_loudness_under_the_peak() -> None:
    spiky = tone(3, level=0.02)
    spiky[:, 48_000::12_000] = 0.9
    normal = normalise_loudness(spiky, RATE, -16)
    assert integrated_loudness(normal, RATE) == pytest.approx(-16, abs=0.3)
    assert np.abs(normal).max() <= amplitude(-2.5) + 1e-6
    silence = np.zeros((1, RATE), dtype=np.float32)
    assert not normalise_loudness(silence, RATE, -16).any()


def test_the_limiter_works_around_the_peak_only() -> None:
    sound = tone(1, level=0.4)
    sound[:, 24_000] = 1
    limited = limit_peaks(sound, RATE, 0.5)
    assert np.abs(limited).max() <= 0.5
    far = np.abs(np.arange(RATE) - 24_000) > 240
    assert np.array_equal(limited[:, far], sound[:, far])
    # Turned down, and not clipped: the neighbours went down too.
    near = slice(24_001, 24_010)
    assert np.allclose(limited[:, near], sound[:, near] * 0.5, atol=0.02)
