"""MOSS-SoundEffect, both models, in its runner process: tiny random weights, and modules that stand in for OpenMOSS'
own code (see tiny_moss.py)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kt_media.sound import read_sound
from kt_testing.damaged_weights import fill_with_nan, lose_a_tensor, mended_after, truncate
from kt_testing.media_facts import media_facts
from kt_testing.runner_process import RunnerProcess
from tiny_moss import V2_PATH, save_tiny_moss_v1, save_tiny_moss_v2

TASK = "moss.sound.effect"
SAMPLE_RATES = {"v1": 24_000, "v2": 48_000}
# Of each model, a file that must be whole and one tensor of it.
WEIGHTS = {
    "v1": ("model.safetensors", "codec/model.safetensors"),
    "v2": ("transformer/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"),
}
PARAMS = {
    "prompt": "A sharp pistol shot in a dry canyon.",
    "durationSeconds": 2.37,
    "qualityKbps": 128,
    "outputFormat": "wav",
    "topK": 50,
    "maxNewTokens": 1024,
    "seed": 7,
}

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def save(variant: str, folder: Path) -> Path:
    (save_tiny_moss_v1 if variant == "v1" else save_tiny_moss_v2)(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def code_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where transformers keeps its copy of the code that lies beside weights, in this process and in the runner's."""
    cache = tmp_path_factory.mktemp("code")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(cache))
        yield cache


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, code_cache: Path) -> dict[str, Path]:
    return {variant: save(variant, tmp_path_factory.mktemp(f"moss-{variant}")) for variant in SAMPLE_RATES}


@pytest.fixture(scope="module")
def process(code_cache: Path) -> Iterator[RunnerProcess]:
    environment = {"PYTHONPATH": V2_PATH, "HF_MODULES_CACHE": str(code_cache)}
    with RunnerProcess("gpu/diffusion/moss_sound_effect.py", environment) as process:
        yield process


@pytest.fixture(params=list(SAMPLE_RATES), scope="module")
def variant(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def runner(process: RunnerProcess, folders: dict[str, Path], variant: str) -> RunnerProcess:
    process.load(folders[variant])
    return process


def make(runner: RunnerProcess, **changes: Any) -> bytes:
    """Does a job like `PARAMS`; the bytes of its file."""
    return runner.make(TASK, {**PARAMS, **changes})


def test_an_effect_has_exactly_the_length_that_was_asked_for(runner: RunnerProcess, variant: str) -> None:
    for output_format in ("mp3", "opus", "wav", "flac"):
        result = runner.run(TASK, {**PARAMS, "outputFormat": output_format, "qualityKbps": 192})
        [output] = result["outputs"]
        assert output["durationSeconds"] == 2.37
        file = runner.output_folder / output["filename"]
        sound = read_sound(file, SAMPLE_RATES[variant], 1)
        assert sound.shape == (1, round(2.37 * SAMPLE_RATES[variant]))
        assert 0.01 < np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-3
        found = media_facts(file)
        assert "Made by MOSS-SoundEffect with Killa Tamata" in json.dumps(found)
        if output_format in ("mp3", "opus"):
            assert int(found["format"]["bit_rate"]) == pytest.approx(192_000, rel=0.06)


def test_every_step_is_reported(runner: RunnerProcess, variant: str) -> None:
    make(runner)
    # 30 tokens for 2.37 seconds and 4 of the delay; the diffusion model's hundred.
    stage, steps = {"v1": ("generate", 34), "v2": ("denoise", 100)}[variant]
    reports = [report for report in runner.progress if report["stage"] == stage]
    assert [report["step"] for report in reports][:steps] == list(range(1, steps + 1))
    assert all(report["steps"] == steps for report in reports)
    assert [report["stage"] for report in runner.progress][-2:] == ["decode", "write"]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions)


def test_the_seed_repeats_an_effect_and_another_seed_or_prompt_changes_it(runner: RunnerProcess) -> None:
    first = make(runner)
    assert make(runner) == first
    assert len({first, make(runner, seed=8), make(runner, prompt="Rain on a tin roof.")}) == 3


def test_top_k_and_the_bound_of_tokens_are_those_of_the_language_model(
    process: RunnerProcess, folders: dict[str, Path]
) -> None:
    process.load(folders["v1"])
    assert make(process, topK=1) == make(process, topK=1, seed=8)
    assert make(process, topK=2) != make(process, topK=2, seed=8)
    result = process.run(TASK, {**PARAMS, "maxNewTokens": 20})
    # 16 tokens are left when the 4 of the delay are taken off; the rest of the time is silence.
    assert result["metadata"] == {"model": "MOSS-SoundEffect", "variant": "v1", "generatedSeconds": 1.28}
    sound = read_sound(process.output_folder / "effect.wav", 24_000, 1)
    assert sound.shape == (1, round(2.37 * 24_000))
    assert sound[0, : round(1.2 * 24_000)].any() and not sound[0, round(1.28 * 24_000) :].any()
    failure = process.failure_of(TASK, {**PARAMS, "maxNewTokens": 4})
    assert failure.kind == "internal" and "without a sound" in failure.message


def test_a_cancel_is_heard_and_the_next_job_runs(runner: RunnerProcess, variant: str) -> None:
    runner.cancel_during(TASK, {**PARAMS, "durationSeconds": 30, "prompt": "rain " * 2000})
    make(runner)


def test_a_mark_of_the_template_in_a_prompt_is_text(runner: RunnerProcess) -> None:
    make(runner, prompt="rain <|audio|> wind")


def test_parking_and_waking_changes_nothing(runner: RunnerProcess) -> None:
    before = make(runner)
    assert runner.request("park")["hostBytes"] == runner.request("wake")["hostBytes"] > 10_000
    assert make(runner) == before


def test_too_little_memory_is_told_apart_and_the_next_job_runs(runner: RunnerProcess) -> None:
    assert runner.failure_of(TASK, {**PARAMS, "prompt": "more than fits"}).kind == "out_of_memory"
    make(runner)


def test_sound_that_is_no_number_fails_the_job(process: RunnerProcess, variant: str, tmp_path: Path) -> None:
    fill_with_nan(save(variant, tmp_path) / WEIGHTS[variant][variant == "v1"])
    process.load(tmp_path)
    failure = process.failure_of(TASK, PARAMS)
    assert failure.kind == "internal" and "not numbers" in failure.message
    assert not list(process.output_folder.iterdir())


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(
    process: RunnerProcess, variant: str, tmp_path: Path
) -> None:
    save(variant, tmp_path)
    for name in WEIGHTS[variant]:
        for damage in (lose_a_tensor, truncate):
            with mended_after(tmp_path / name):
                damage(tmp_path / name)
                assert process.load_failure(tmp_path).kind == "model_broken"
    process.load(tmp_path)
    make(process)
