"""The runner as the appliance sees it: a process with tiny weights."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from kt_media.film import read_frames
from kt_media.sound import exact_length, read_sound, write_sound
from kt_testing.damaged_weights import lose_a_tensor, mended_after, truncate
from kt_testing.little_memory import little_memory
from kt_testing.media_facts import media_facts
from kt_testing.runner_process import RunnerProcess
from ltx_weights import GEMMA, RIFE, STAGE_2_LORA, UPSAMPLER
from tiny_ltx_video import FPS, FRAMES, HEIGHT, WIDTH, save_tiny_ltx_video, tiny_params


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("ltx") / "model"
    save_tiny_ltx_video(folder)
    return folder


@pytest.fixture(scope="module")
def runner(folder: Path) -> Iterator[RunnerProcess]:
    with RunnerProcess("gpu/diffusion/ltx_video.py") as runner:
        assert runner.initialize()["tasks"] == ["video.generate"]
        runner.load(folder)
        yield runner


def film(runner: RunnerProcess, **changes: Any) -> tuple[dict[str, Any], Path]:
    """Does a job, and answers its result and its film."""
    result = runner.run("video.generate", tiny_params(**changes))
    return result, runner.output_folder / result["outputs"][0]["filename"]


def probe(path: Path) -> dict[str, Any]:
    return media_facts(path, count_frames=True)


def kind_of(runner: RunnerProcess, **changes: Any) -> str | None:
    return runner.failure_of("video.generate", tiny_params(**changes)).kind


def picture_file(path: Path) -> str:
    Image.new("RGB", (WIDTH, HEIGHT), "teal").save(path)
    return str(path)


def test_a_film_from_a_prompt_is_as_long_and_large_as_asked_for(runner: RunnerProcess) -> None:
    result, path = film(runner)
    assert result["outputs"] == [
        {
            "filename": "video.mp4",
            "mimeType": "video/mp4",
            "width": WIDTH,
            "height": HEIGHT,
            "durationSeconds": FRAMES / FPS,
            "frames": FRAMES,
        }
    ]
    found = probe(path)
    picture, sound = found["streams"]
    assert (picture["codec_name"], picture["pix_fmt"], picture["r_frame_rate"]) == ("h264", "yuv420p", "24/1")
    assert (picture["width"], picture["height"], int(picture["nb_read_frames"])) == (WIDTH, HEIGHT, FRAMES)
    assert (sound["codec_name"], sound["sample_rate"], sound["channels"]) == ("aac", "48000", 2)
    assert float(sound["duration"]) == pytest.approx(FRAMES / FPS, abs=1e-3)
    assert found["format"]["tags"]["comment"] == "Made by LTX-2.3 with Killa Tamata"
    metadata = result["metadata"]
    assert (metadata["mode"], metadata["sound"], metadata["stages"]) == ("text-to-video", "made", 1)
    assert metadata["interpolation"] is None
    assert 0 < metadata["promptTokens"] == metadata["promptTokensUsed"]
    assert result["measurements"]["sampleSeconds"] > 0


def test_progress_is_told_for_each_step_and_never_falls(runner: RunnerProcess) -> None:
    film(runner, numInferenceSteps=4)
    assert [report["step"] for report in runner.progress if report["stage"] == "sampling"] == [1, 2, 3, 4]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions) and fractions[-1] > 0.9


def test_the_same_seed_gives_the_same_bytes_also_staged_parked_and_awake_again(
    runner: RunnerProcess, folder: Path
) -> None:
    def made(seed: int) -> bytes:
        return film(runner, seed=seed)[1].read_bytes()

    first = made(1)
    assert made(2) != first
    runner.load(folder, memory_mode="staged")
    held = runner.request("park")
    assert held["vramBytes"] == 0 and held["hostBytes"] > 1_000_000
    assert runner.request("wake")["hostBytes"] == held["hostBytes"]
    assert made(1) == first
    runner.load(folder)


def test_it_works_in_the_type_that_a_gpu_has_it_in(runner: RunnerProcess, folder: Path, tmp_path: Path) -> None:
    runner.load(folder, dtype="bfloat16")
    start, sound = picture_file(tmp_path / "start.png"), tmp_path / "sound.wav"
    write_sound(sound, np.zeros((2, 9600), dtype=np.float32), 48_000, "wav", 0, "")
    film(runner, startFrameImagePath=start, finalFrameImagePath=start, referenceAudioPath=str(sound))
    runner.load(folder)


@pytest.mark.parametrize(("sampled_fps", "frames"), [(24, 41), (25, 39), (30, 33)])
def test_interpolation_to_60_is_exact(runner: RunnerProcess, sampled_fps: int, frames: int) -> None:
    rates = {"sampledFps": sampled_fps, "interpolationFps": 60, "outputFps": 60, "outputFrames": frames}
    result, path = film(runner, **rates)
    picture = probe(path)["streams"][0]
    assert (picture["r_frame_rate"], int(picture["nb_read_frames"])) == ("60/1", frames)
    assert float(probe(path)["streams"][1]["duration"]) == pytest.approx(frames / 60, abs=1e-3)
    assert result["metadata"]["interpolation"]["method"] == "RIFE 4.25"
    assert result["outputs"][0]["frames"] == frames


def test_interpolated_frames_lie_between_the_sampled_ones(runner: RunnerProcess) -> None:
    sampled = list(read_frames(film(runner, extremeQuality=True)[1], WIDTH, HEIGHT))
    rates = {"interpolationFps": 48, "outputFps": 48, "outputFrames": 33}
    made = list(read_frames(film(runner, extremeQuality=True, **rates)[1], WIDTH, HEIGHT))
    for index, frame in enumerate(made[::2]):
        assert np.argmin([np.abs(frame.astype(int) - other).mean() for other in sampled]) == index


def test_without_weights_of_rife_ffmpeg_interpolates_and_it_is_told(
    runner: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "model"
    shutil.copytree(folder, bare)
    (bare / RIFE).unlink()
    runner.load(bare)
    result, path = film(runner, interpolationFps=60, outputFps=60, outputFrames=41)
    runner.load(folder)
    assert result["metadata"]["interpolation"] == {
        "method": "minterpolate",
        "reason": "The weights of RIFE are not installed.",
    }
    assert int(probe(path)["streams"][0]["nb_read_frames"]) == 41


@pytest.mark.parametrize("seconds", [0.4, 3.0])
def test_the_sound_of_the_file_is_the_given_one(runner: RunnerProcess, tmp_path: Path, seconds: float) -> None:
    rate, wanted = 48_000, round(FRAMES / FPS * 48_000)
    steps = np.random.default_rng(1).standard_normal((2, round(seconds * rate)))
    given = 0.2 * np.stack([np.convolve(channel, np.ones(40) / 6, "same") for channel in steps]).astype(np.float32)
    write_sound(tmp_path / "given.flac", given, rate, "flac", 0, "")
    start = picture_file(tmp_path / "start.png")
    result, path = film(runner, startFrameImagePath=start, referenceAudioPath=str(tmp_path / "given.flac"))
    heard = exact_length(read_sound(path, rate, 2), wanted)
    source = exact_length(read_sound(tmp_path / "given.flac", rate, 2), wanted)
    for channel in (0, 1):
        assert np.corrcoef(heard[channel], source[channel])[0, 1] > 0.98
    assert heard.std() == pytest.approx(source.std(), rel=0.05)
    assert (result["metadata"]["mode"], result["metadata"]["sound"]) == ("image-to-video", "reference")


def test_a_large_canvas_is_made_in_two_stages_and_cut_to_its_size(runner: RunnerProcess) -> None:
    result, path = film(runner, width=1056, height=992, durationFrames=9, outputFrames=9)
    picture = probe(path)["streams"][0]
    assert (picture["width"], picture["height"], int(picture["nb_read_frames"])) == (1056, 992, 9)
    assert result["metadata"]["stages"] == 2
    assert [report["step"] for report in runner.progress if report["stage"] == "refining"] == [1, 2, 3]


@pytest.mark.parametrize("stage", ["preparing", "sampling", "drawing"])
def test_a_cancel_is_heard_within_two_seconds_and_the_next_job_runs(runner: RunnerProcess, stage: str) -> None:
    rates = {"interpolationFps": 60, "outputFps": 60, "outputFrames": 301, "durationFrames": 121}
    runner.cancel_during("video.generate", tiny_params(width=192, height=192, numInferenceSteps=5, **rates), stage)
    film(runner)


def test_too_little_memory_is_told_apart_and_the_next_job_runs(runner: RunnerProcess) -> None:
    film(runner)
    with little_memory(runner.process.pid, 30_000_000):
        assert kind_of(runner, width=512, height=512) == "out_of_memory"
    film(runner)


def test_what_can_not_be_done_is_refused(runner: RunnerProcess, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"neither picture nor sound")
    noise, start = str(tmp_path / "noise"), picture_file(tmp_path / "start.png")
    assert kind_of(runner, durationFrames=18, outputFrames=18) == "invalid_input"
    assert kind_of(runner, startFrameImagePath=noise) == "invalid_input"
    assert kind_of(runner, finalFrameImagePath=noise) == "invalid_input"
    assert kind_of(runner, startFrameImagePath=start, referenceAudioPath=noise) == "invalid_input"


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(
    runner: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(folder, tmp_path / "model")
    parts = {
        "transformer/diffusion_pytorch_model.safetensors": [truncate, lose_a_tensor],
        GEMMA / "model.safetensors": [lose_a_tensor],
        UPSAMPLER: [truncate, lose_a_tensor],
        STAGE_2_LORA: [Path.unlink, truncate],
        RIFE: [truncate],
    }
    for part, ways in parts.items():
        for damage in ways:
            with mended_after(broken / part):
                damage(broken / part)
                failure = runner.load_failure(broken)
                assert failure.kind == "model_broken", f"{part}: {failure.message}"
    runner.load(folder)
    film(runner)
