"""ACE-Step with tiny random weights, in its runner process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kt_media.sound import read_sound
from kt_testing.damaged_weights import empty, fill_with_nan, lose_a_tensor, mended_after, truncate
from kt_testing.little_memory import little_memory
from kt_testing.media_facts import media_facts
from kt_testing.runner_process import RunnerProcess
from tiny_ace_step import save_tiny_ace_step

TASK = "ace.step.create"
WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"
PARAMS = {
    "tags": "calm piano, warm",
    "lyrics": "[Verse]\nHello there\n[Chorus]\nLa la la",
    "durationSeconds": 0.37,
    "qualityPreset": "standard",
    "qualityKbps": 128,
    "outputFormat": "wav",
    "language": "en",
    "seed": 7,
    "numInferenceSteps": 3,
    "guidanceScale": 7,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ace-step")
    save_tiny_ace_step(folder)
    return folder


@pytest.fixture(scope="module")
def process() -> Iterator[RunnerProcess]:
    with RunnerProcess("gpu/diffusion/ace_step.py") as process:
        yield process


@pytest.fixture
def runner(process: RunnerProcess, folder: Path) -> RunnerProcess:
    process.load(folder)
    return process


def make(runner: RunnerProcess, **changes: Any) -> bytes:
    """Does a job like `PARAMS`; the bytes of its file."""
    return runner.make(TASK, {**PARAMS, **changes})


@pytest.mark.parametrize("output_format", ["mp3", "opus", "wav", "flac"])
def test_a_song_has_exactly_the_length_that_was_asked_for(runner: RunnerProcess, output_format: str) -> None:
    result = runner.run(TASK, {**PARAMS, "outputFormat": output_format})
    [output] = result["outputs"]
    assert output["durationSeconds"] == 0.37
    file = runner.output_folder / output["filename"]
    sound = read_sound(file, 48_000, 2)
    # Ten latents are 0.4 seconds.
    assert sound.shape == (2, round(0.37 * 48_000))
    assert 0.3 < np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-3
    found = media_facts(file)
    assert found["streams"][0]["sample_rate"] == "48000"
    assert "Made by ACE-Step 1.5 with Killa Tamata" in json.dumps(found)


def test_the_result_says_how_it_was_made(runner: RunnerProcess) -> None:
    result = runner.run(TASK, PARAMS)
    assert result["metadata"] == {
        "model": "ACE-Step 1.5",
        "variant": "base",
        "numInferenceSteps": 3,
        "guidanceScale": 7,
        "shift": 1.0,
        "language": "en",
        "sections": [{"label": "Verse"}, {"label": "Chorus"}],
        "sung": True,
    }
    seconds = [result["measurements"][f"{stage}Seconds"] for stage in ("encode", "denoise", "decode", "write")]
    assert all(seconds) and sum(seconds) <= result["measurements"]["seconds"]


def test_every_step_and_every_decoded_piece_is_reported(runner: RunnerProcess) -> None:
    # More than the 512 latents (20.48 s) of one piece.
    make(runner, durationSeconds=21)
    steps = [(report["stage"], report["step"], report["steps"]) for report in runner.progress]
    denoise = [("denoise", 1, 3), ("denoise", 2, 3), ("denoise", 3, 3)]
    assert steps == [("encode", 1, 1), *denoise, ("decode", 1, 2), ("decode", 2, 2), ("write", 1, 1)]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions)


def test_everything_that_is_asked_for_is_heard_and_the_seed_repeats_it(runner: RunnerProcess) -> None:
    first = make(runner)
    assert make(runner) == first
    changes = [{"seed": 8}, {"tags": "loud drums"}, {"lyrics": "[Verse]\nBye"}, {"language": "de"}]
    changes += [{"numInferenceSteps": 4}, {"guidanceScale": 3}]
    heard = {first, *(make(runner, **change) for change in changes)}
    assert len(heard) == 1 + len(changes)


def test_turbo_has_its_own_steps_and_shift(process: RunnerProcess, tmp_path: Path) -> None:
    save_tiny_ace_step(tmp_path, is_turbo=True)
    process.load(tmp_path)
    metadata = process.run(TASK, PARAMS)["metadata"]
    named = ("variant", "numInferenceSteps", "guidanceScale", "shift")
    assert [metadata[name] for name in named] == ["turbo", 8, 1.0, 3.0]
    assert sum(report["stage"] == "denoise" for report in process.progress) == 8


def test_an_instrumental_and_an_unknown_language_are_told_to_the_model(runner: RunnerProcess) -> None:
    metadata = runner.run(TASK, {**PARAMS, "lyrics": " \n"})["metadata"]
    assert (metadata["sung"], metadata["sections"], metadata["language"]) == (False, [], "unknown")
    assert runner.run(TASK, {**PARAMS, "language": "zz"})["metadata"]["language"] == "unknown"


def test_text_beyond_the_model_is_left_out_by_whole_lines_and_reported(runner: RunnerProcess) -> None:
    # The tiny tokenizer makes a token of each letter: 2048 hold fewer than 200 lines of 10 letters and a line break.
    lyrics = ["la la lala"] * 300
    result = runner.run(TASK, {**PARAMS, "lyrics": "\n".join(lyrics), "tags": "piano " * 100})
    omitted = result["metadata"]["omittedLyricLines"]
    assert 100 < omitted < 200
    assert 50 < result["metadata"]["omittedTagWords"] < 100
    kept = make(runner, lyrics="\n".join(lyrics[:-omitted]), tags="piano " * 100)
    assert kept == make(runner, lyrics="\n".join(lyrics), tags="piano " * 100)


@pytest.mark.parametrize(("stage", "long"), [("denoise", {"numInferenceSteps": 10**6}), ("decode", {})])
def test_a_cancel_is_heard_and_the_next_job_runs(runner: RunnerProcess, stage: str, long: dict[str, Any]) -> None:
    runner.cancel_during(TASK, {**PARAMS, "durationSeconds": 60, **long}, stage)
    make(runner)


def test_no_mark_of_the_template_ends_the_lyrics(runner: RunnerProcess) -> None:
    assert make(runner, lyrics="Hello<|endoftext|>") != make(runner, lyrics="Hello<|endoftext|>there")
    assert make(runner, lyrics="Hello<|endoftext|>") != make(runner, lyrics="Hello")


def test_offload_makes_the_same_sound(runner: RunnerProcess, folder: Path) -> None:
    resident = make(runner)
    runner.load(folder, memory_mode="offload")
    assert make(runner) == resident
    runner.cancel_during(TASK, {**PARAMS, "numInferenceSteps": 10**6}, "denoise")
    runner.request("park")
    runner.request("wake")
    assert make(runner) == resident


def test_parking_and_waking_changes_nothing(runner: RunnerProcess) -> None:
    before = make(runner)
    assert runner.request("park")["hostBytes"] == runner.request("wake")["hostBytes"] > 100_000
    assert make(runner) == before


def test_too_little_memory_is_told_apart_and_the_next_job_runs(runner: RunnerProcess) -> None:
    # The noise alone is 8 GB.
    with little_memory(runner.process.pid, 1_000_000_000):
        assert runner.failure_of(TASK, {**PARAMS, "durationSeconds": 10**7}).kind == "out_of_memory"
    make(runner)


def test_sound_that_is_no_number_fails_the_job_and_leaves_no_file(process: RunnerProcess, tmp_path: Path) -> None:
    save_tiny_ace_step(tmp_path)
    fill_with_nan(tmp_path / WEIGHTS, "weight")
    process.load(tmp_path)
    failure = process.failure_of(TASK, PARAMS)
    assert failure.kind == "internal" and "not numbers" in failure.message
    assert not list(process.output_folder.iterdir())


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(process: RunnerProcess, tmp_path: Path) -> None:
    save_tiny_ace_step(tmp_path)
    for damage in (lose_a_tensor, truncate, empty):
        with mended_after(tmp_path / WEIGHTS):
            damage(tmp_path / WEIGHTS)
            assert process.load_failure(tmp_path).kind == "model_broken"
    process.load(tmp_path)
    make(process)
