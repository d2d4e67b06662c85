"""What only the process itself can see: where a run stops, and in what order the model is shown the pictures."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as library
from PIL import Image

from kt_protocol import Canceled, Job, LoadTarget
from qwen_image_edit import QwenImageEditRunner
from qwen_runner import PICTURE_ASPECT_MAX
from qwen_weights import load_edit_plus
from tiny_qwen_image import save_edit_plus, save_lightning


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> QwenImageEditRunner:
    folder = tmp_path_factory.mktemp("qwen-image-edit")
    save_edit_plus(folder)
    torch.set_num_threads(1)
    runner = QwenImageEditRunner()
    runner.load(LoadTarget("tiny", folder, "cpu", None, None))
    return runner


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(library, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(library, "CONDITION_IMAGE_SIZE", 64 * 64)
    paths = []
    for number, size in enumerate([(96, 64), (64, 96), (80, 80)]):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("RGB", size).save(paths[-1])
    params = {"prompt": "a", "width": 64, "height": 64, "seed": 1, "numInferenceSteps": 2, "outputFormat": "png"}
    pictures = {"sourceImagePath": paths[0], "referenceImagePaths": paths[1:]}
    return Job("job_1", "image.edit", {**params, **pictures}, tmp_path, tmp_path, lambda _method, _params: None)


def test_the_source_comes_first_and_the_references_in_their_order(
    runner: QwenImageEditRunner, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, int]] = []

    def record(_job: Job, _negative_prompt: str, images: list[Image.Image]) -> dict[str, Any]:
        shown.extend(image.size for image in images)
        return {}

    monkeypatch.setattr(runner, "make_picture", record)
    runner.run(job)
    assert shown == [(96, 64), (64, 96), (80, 80)]


@pytest.mark.parametrize("stage", ["the text encoder", "the encoder of pictures", "a step", "the decoder"])
def test_a_cancel_is_heard_inside_each_stage(runner: QwenImageEditRunner, job: Job, stage: str) -> None:
    pipeline = runner.active
    part = {
        "the text encoder": pipeline.text_encoder.model.language_model.layers[0],
        "the encoder of pictures": pipeline.vae.encoder.down_blocks[0],
        "a step": pipeline.transformer.transformer_blocks[0],
        "the decoder": pipeline.vae.decoder.mid_block,
    }[stage]
    later: list[str] = []

    def cancel(_module: torch.nn.Module, _arguments: Any, _result: Any) -> None:
        job.canceled.set()

    def count(module: torch.nn.Module, _arguments: Any, _result: Any) -> None:
        if job.canceled.is_set() and not list(module.children()):
            later.append(type(module).__name__)

    leaves = [module for whole in runner.modules() for module in whole.modules()]
    hooks = [part.register_forward_hook(cancel), *(module.register_forward_hook(count) for module in leaves)]
    try:
        with pytest.raises(Canceled):
            runner.run(job)
    finally:
        for hook in hooks:
            hook.remove()
    assert later == []
    job.canceled.clear()
    runner.run(job)


def test_lightning_has_the_schedule_that_it_was_distilled_with(tmp_path: Path) -> None:
    save_edit_plus(tmp_path)
    save_lightning(tmp_path / "lightning")
    pipelines = [load_edit_plus(tmp_path, torch.float32, lightning=lightning) for lightning in (True, False)]
    with_lora, without = (pipeline.scheduler.config for pipeline in pipelines)
    assert with_lora["base_shift"] == with_lora["max_shift"] == math.log(3)
    assert with_lora["use_dynamic_shifting"] and with_lora["shift_terminal"] is None
    assert without["base_shift"] != math.log(3)


def test_at_the_limit_of_their_aspect_pictures_are_still_seen() -> None:
    for pixels in (library.CONDITION_IMAGE_SIZE, library.VAE_IMAGE_SIZE):
        for aspect in (PICTURE_ASPECT_MAX, 1 / PICTURE_ASPECT_MAX):
            assert min(library.calculate_dimensions(pixels, aspect)) > 0
