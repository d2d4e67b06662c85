"""Qwen-Image-Edit with tiny random weights, behind the protocol."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kt_testing.runner_process import RunnerProcess
from small_pictures import small_pictures_runner
from tiny_qwen_image import save_edit_plus, save_lightning


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen-image-edit")
    save_edit_plus(folder)
    save_lightning(folder / "lightning")
    return folder


@pytest.fixture(scope="module")
def params(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for name, size in (("gray", (96, 64)), ("red", (64, 128)), ("blue", (128, 64))):
        paths.append(str(folder / f"{name}.png"))
        Image.new("RGB", size, name).save(paths[-1])
    return {
        "prompt": "make it dramatic",
        "width": 96,
        "height": 64,
        "seed": 1,
        "numInferenceSteps": 2,
        "highDetail": False,
        "outputFormat": "png",
        "sourceImagePath": paths[0],
        "referenceImagePaths": paths[1:],
    }


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerProcess]:
    wrapped = small_pictures_runner(tmp_path_factory.mktemp("small"), "qwen_image_edit", "QwenImageEditRunner")
    with RunnerProcess(**wrapped) as runner:
        yield runner


@pytest.fixture
def runner(process: RunnerProcess, folder: Path) -> RunnerProcess:
    process.load(folder)
    return process


def edit(runner: RunnerProcess, params: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], bytes]:
    result = runner.run("image.edit", {**params, **changes})
    return result, (runner.output_folder / result["outputs"][0]["filename"]).read_bytes()


def test_the_size_is_the_one_asked_for_and_not_that_of_a_reference(
    runner: RunnerProcess, params: dict[str, Any]
) -> None:
    for width, height in ((96, 64), (32, 160)):
        result, _ = edit(runner, params, width=width, height=height)
        with Image.open(runner.output_folder / result["outputs"][0]["filename"]) as picture:
            assert picture.size == (width, height)
    assert result["metadata"]["referencesUsed"] == 2
    stages = [report["stage"] for report in runner.progress]
    assert stages == ["encoding", "denoising", "denoising", "decoding", "writing"]


def test_every_picture_counts_and_so_does_the_seed(runner: RunnerProcess, params: dict[str, Any]) -> None:
    references = params["referenceImagePaths"]
    _, first = edit(runner, params)
    _, parked = runner.request("park"), runner.request("wake")
    assert edit(runner, params)[1] == first
    others = [
        edit(runner, params, seed=2)[1],
        edit(runner, params, referenceImagePaths=references[::-1])[1],
        edit(runner, params, referenceImagePaths=references[:1])[1],
        edit(runner, params, referenceImagePaths=[])[1],
        edit(runner, params, sourceImagePath=references[0], referenceImagePaths=[])[1],
    ]
    assert len({first, *others}) == 6
    assert parked["hostBytes"] > 100_000


def test_it_generates_from_references_too(runner: RunnerProcess, params: dict[str, Any]) -> None:
    generated = {name: value for name, value in params.items() if name != "sourceImagePath"}
    result = runner.run("image.generate", {**generated, "width": 64, "height": 64})
    assert result["outputs"][0]["width"] == 64
    assert runner.failure_of("image.generate", {**generated, "referenceImagePaths": []}).kind == "invalid_input"


def test_a_cancel_is_quick_and_the_next_job_runs(runner: RunnerProcess, params: dict[str, Any]) -> None:
    _, before = edit(runner, params)
    for stage in ("encoding", "denoising"):
        runner.cancel_during("image.edit", {**params, "numInferenceSteps": 100_000}, stage)
    assert edit(runner, params)[1] == before


def test_offload_gives_the_same_picture(runner: RunnerProcess, folder: Path, params: dict[str, Any]) -> None:
    _, resident = edit(runner, params)
    runner.load(folder, memory_mode="offload")
    assert edit(runner, params)[1] == resident
    assert runner.load_failure(folder, memory_mode="magic").kind == "model_broken"


def test_lightning_edits_in_four_steps(runner: RunnerProcess, folder: Path, params: dict[str, Any]) -> None:
    runner.load(folder, model="qwen-image-edit-lightning")
    assert edit(runner, params, numInferenceSteps=40)[0]["metadata"]["numInferenceSteps"] == 4
    assert edit(runner, params, numInferenceSteps=60)[0]["metadata"]["numInferenceSteps"] == 6
