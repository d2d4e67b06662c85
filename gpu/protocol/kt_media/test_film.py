import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kt_media.film import FilmWriter, read_frames
from kt_media.sound import exact_length, read_sound, write_sound
from kt_protocol import RunnerError

WIDTH, HEIGHT, FPS = 96, 64, 30


def frame(brightness: int) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), brightness, dtype=np.uint8)
    picture[:, : WIDTH // 2, 0] = 255 - brightness
    return picture


def write(path: Path, frames: int, promised: int | None = None, sound: Path | None = None) -> FilmWriter:
    film = FilmWriter(
        path, width=WIDTH, height=HEIGHT, fps=FPS, frames=promised or frames, comment="Made by a test", sound=sound
    )
    with film:
        for index in range(frames):
            film.write(frame(20 + 4 * index))
    return film


def probe(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-count_frames", "-of", "json", "-show_format", "-show_streams", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def test_a_film_has_the_exact_frames_rate_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = write(path, 25)
    found = probe(path)
    (stream,) = found["streams"]
    assert (stream["codec_name"], stream["pix_fmt"], stream["nb_read_frames"]) == ("h264", "yuv420p", "25")
    assert (stream["width"], stream["height"], stream["avg_frame_rate"]) == (WIDTH, HEIGHT, "30/1")
    assert float(stream["duration"]) == pytest.approx(25 / 30, abs=1e-4) and float(stream["start_time"]) == 0
    assert found["format"]["tags"]["comment"] == "Made by a test"
    assert film.output()["frames"] == 25 and film.output()["durationSeconds"] == 25 / 30
    frames = list(read_frames(path, WIDTH, HEIGHT))
    assert len(frames) == 25
    for index, read in enumerate(frames):
        assert np.abs(read.astype(int) - frame(20 + 4 * index)).mean() < 3


def test_it_starts_to_play_before_it_is_wholly_there(tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", 9)
    data = (tmp_path / "film.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, 17)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("sound_seconds", [0.9, 1.5, 2.5])
def test_its_sound_is_heard_from_frame_zero_and_as_long_as_the_film(tmp_path: Path, sound_seconds: float) -> None:
    rate, samples = 48_000, 72_000
    time = np.arange(round(sound_seconds * rate)) / rate
    sound = np.tile(0.4 * np.sin(2 * np.pi * 440 * time) * (time > 0.5), (2, 1)).astype(np.float32)
    write_sound(tmp_path / "sound.flac", sound, rate, "flac", 0, "")
    write(tmp_path / "film.mp4", 45, sound=tmp_path / "sound.flac")
    found = probe(tmp_path / "film.mp4")
    assert float(found["streams"][1]["duration"]) == pytest.approx(1.5, abs=1e-3)
    heard = read_sound(tmp_path / "film.mp4", rate, 2)
    wanted = exact_length(sound, samples)
    assert abs(heard.shape[1] - samples) <= 1024
    shared = min(heard.shape[1], samples)
    assert np.corrcoef(heard[0, :shared], wanted[0, :shared])[0, 1] > 0.99
    assert np.abs(heard[:, :20_000]).max() < 0.01


def test_a_wrong_number_of_frames_fails_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="has 9 frames and not 10"):
        write(tmp_path / "film.mp4", 9, promised=10)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_ends_the_encoder_and_leaves_no_file(tmp_path: Path) -> None:
    film = FilmWriter(tmp_path / "film.mp4", width=WIDTH, height=HEIGHT, fps=FPS, frames=9, comment="")
    with pytest.raises(KeyError), film:
        film.write(frame(1))
        raise KeyError
    assert film._ffmpeg.returncode is not None
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_ffmpeg_is_reported_without_its_paths(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match=r"^ffmpeg could not write the film\.$"):
        write(tmp_path / "missing" / "film.mp4", 900)


def test_a_frame_of_another_size_is_a_bug(tmp_path: Path) -> None:
    film = FilmWriter(tmp_path / "film.mp4", width=WIDTH, height=HEIGHT, fps=FPS, frames=1, comment="")
    with pytest.raises(ValueError, match="96x64"), film:
        film.write(frame(1)[:32])
    with pytest.raises(RunnerError):
        list(read_frames(tmp_path / "film.mp4", WIDTH, HEIGHT))
