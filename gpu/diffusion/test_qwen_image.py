"""Qwen-Image with tiny random weights, behind the protocol."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from kt_testing.damaged_weights import empty, lose_a_tensor, mended_after, truncate
from kt_testing.little_memory import little_memory
from kt_testing.runner_process import RunnerFailure, RunnerProcess
from small_pictures import small_pictures_runner
from tiny_qwen_image import save_lightning, save_references, save_text_to_image

PARAMS = {
    "prompt": "a red fox",
    "width": 96,
    "height": 64,
    "seed": 1,
    "numInferenceSteps": 3,
    "highDetail": False,
    "outputFormat": "png",
    "referenceImagePaths": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen-image")
    save_text_to_image(folder)
    save_references(folder / "references")
    save_lightning(folder / "lightning")
    return folder


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerProcess]:
    folder = tmp_path_factory.mktemp("small")
    with RunnerProcess(**small_pictures_runner(folder, "qwen_image", "QwenImageRunner")) as runner:
        assert runner.initialize()["tasks"] == ["image.generate"]
        yield runner


@pytest.fixture
def runner(process: RunnerProcess, folder: Path) -> RunnerProcess:
    process.load(folder)
    return process


def generate(runner: RunnerProcess, **changes: Any) -> tuple[dict[str, Any], bytes]:
    result = runner.run("image.generate", {**PARAMS, **changes})
    return result, (runner.output_folder / result["outputs"][0]["filename"]).read_bytes()


def failure_of(runner: RunnerProcess, **changes: Any) -> RunnerFailure:
    return runner.failure_of("image.generate", {**PARAMS, **changes})


@pytest.mark.parametrize(("width", "height", "output_format"), [(96, 64, "webp"), (64, 224, "png"), (128, 32, "jpg")])
def test_a_picture_has_the_size_and_format_asked_for(
    runner: RunnerProcess, width: int, height: int, output_format: str
) -> None:
    result, _ = generate(runner, width=width, height=height, outputFormat=output_format)
    entry = result["outputs"][0]
    assert (entry["width"], entry["height"]) == (width, height)
    with Image.open(runner.output_folder / entry["filename"]) as picture:
        assert picture.size == (width, height)
        comment = picture.getexif()[ExifTags.Base.ImageDescription]
        assert comment == "Made by Qwen-Image-2512 with Killa Tamata"


def test_every_step_is_reported_and_every_stage_measured(runner: RunnerProcess) -> None:
    result, _ = generate(runner)
    stages = [(report["stage"], report["step"]) for report in runner.progress]
    denoising = [("denoising", 1), ("denoising", 2), ("denoising", 3)]
    assert stages == [("encoding", 0), *denoising, ("decoding", 0), ("writing", 0)]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions)
    measured = result["measurements"]
    parts = [measured[f"{stage}Seconds"] for stage in ("encode", "denoise", "decode", "write")]
    assert all(seconds > 0 for seconds in parts)
    assert sum(parts) <= measured["seconds"]
    assert measured["peakHostBytes"] > 100_000_000
    assert result["metadata"]["numInferenceSteps"] == 3
    assert result["metadata"]["trueCfgScale"] == 4.0


def test_the_seed_decides_the_bytes_also_after_parking(runner: RunnerProcess) -> None:
    _, first = generate(runner)
    _, again = generate(runner)
    _, other = generate(runner, seed=2)
    assert first == again != other
    parked, awake = runner.request("park"), runner.request("wake")
    assert parked["hostBytes"] == awake["hostBytes"] > 100_000
    _, after = generate(runner)
    assert after == first


def test_references_guide_a_picture_and_leave_the_next_one_alone(
    runner: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    paths = []
    for color, size in (("red", (64, 96)), ("blue", (128, 64))):
        paths.append(str(tmp_path / f"{color}.png"))
        Image.new("RGB", size, color).save(paths[-1])
    _, without = generate(runner)
    result, guided = generate(runner, referenceImagePaths=paths)
    assert (result["outputs"][0]["width"], result["outputs"][0]["height"]) == (96, 64)
    assert result["metadata"]["referencesUsed"] == 2
    assert result["metadata"]["model"] == "Qwen-Image-Edit-2511"
    _, turned = generate(runner, referenceImagePaths=paths[::-1])
    assert len({without, guided, turned}) == 3
    assert generate(runner)[1] == without
    held = runner.request("park")["hostBytes"]
    assert runner.request("wake")["hostBytes"] == held == runner.load(folder)["hostBytes"]
    assert generate(runner, referenceImagePaths=paths)[1] == guided


def test_a_file_that_is_no_picture_is_an_invalid_input(runner: RunnerProcess, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    assert failure_of(runner, referenceImagePaths=[str(tmp_path / "text.png")]).kind == "invalid_input"
    Image.new("RGB", (1000, 10)).save(tmp_path / "line.png")
    assert "50 times" in failure_of(runner, referenceImagePaths=[str(tmp_path / "line.png")]).message
    assert failure_of(runner, width=100).kind == "invalid_input"


def test_long_prompts_and_the_tokenizers_own_marks_do_no_harm(runner: RunnerProcess) -> None:
    result, _ = generate(runner, prompt="<|im_end|><|image_pad|> {0} " * 200)
    assert result["metadata"]["promptTokens"] > result["metadata"]["promptTokensUsed"] == 1024


def test_a_cancel_between_steps_is_quick_and_the_next_job_runs(runner: RunnerProcess) -> None:
    runner.cancel_during("image.generate", {**PARAMS, "numInferenceSteps": 100_000}, "denoising")
    generate(runner)


def test_too_little_memory_is_told_apart_from_a_bug_and_the_next_job_runs(runner: RunnerProcess) -> None:
    _, before = generate(runner)
    # The decoder wants 100 MB at once for each of its layers here.
    with little_memory(runner.process.pid, 50_000_000):
        assert failure_of(runner, width=1024, height=1024, numInferenceSteps=1).kind == "out_of_memory"
    assert generate(runner)[1] == before


def test_offload_gives_the_same_picture_also_with_references(
    runner: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.png")
    references = [str(tmp_path / "red.png")]
    resident = [generate(runner)[1], generate(runner, referenceImagePaths=references)[1]]
    runner.load(folder, memory_mode="offload")
    assert [generate(runner)[1], generate(runner, referenceImagePaths=references)[1]] == resident
    runner.request("park")
    runner.request("wake")
    assert generate(runner)[1] == resident[0]


def test_lightning_is_the_same_model_in_four_steps(runner: RunnerProcess, folder: Path) -> None:
    runner.load(folder, model="qwen-image-lightning")
    standard, picture = generate(runner, numInferenceSteps=50)
    assert standard["metadata"]["model"] == "Qwen-Image-2512 Lightning"
    assert (standard["metadata"]["numInferenceSteps"], standard["metadata"]["trueCfgScale"]) == (4, 1.0)
    assert generate(runner, numInferenceSteps=75)[0]["metadata"]["numInferenceSteps"] == 6
    assert runner.progress[-3]["steps"] == 6
    save_lightning(folder / "lightning", strength=0.0)
    runner.load(folder, model="qwen-image-lightning")
    assert generate(runner, numInferenceSteps=50)[1] != picture
    save_lightning(folder / "lightning")
    runner.load(folder, model="qwen-image-lightning")
    assert generate(runner, numInferenceSteps=50)[1] == picture


def test_references_without_their_weights_are_refused_and_words_alone_are_not(
    runner: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.png")
    (folder / "references").rename(folder / "elsewhere")
    failure = failure_of(runner, referenceImagePaths=[str(tmp_path / "red.png")])
    (folder / "elsewhere").rename(folder / "references")
    assert (failure.kind, "not installed" in failure.message) == ("invalid_input", True)
    generate(runner)


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(runner: RunnerProcess, folder: Path) -> None:
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    for damage in (empty, truncate):
        with mended_after(file):
            damage(file)
            assert runner.load_failure(folder).kind == "model_broken"
    with mended_after(file):
        lose_a_tensor(file)
        assert "img_in.bias" in runner.load_failure(folder).message
    runner.load(folder)
    generate(runner)
