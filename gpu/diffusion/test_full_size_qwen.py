"""What the runners take for granted of Qwen-Image, held against the real architecture (see full_size_qwen.py)."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from full_size_qwen import (
    full_size_pipeline,
    full_size_text_encoder,
    full_size_transformer,
    full_size_vae,
    lora_bytes,
    real_scheduler,
)
from kt_protocol import Job
from kt_testing.meta_memory import PeakBytes, manifest, reckoned_seconds, run_bytes, weight_bytes, work_seconds
from kt_torch.measure import Measurements
from qwen_image import NEGATIVE_PROMPT
from qwen_runner import check_size, run_pipeline
from qwen_weights import LIGHTNING_SCHEDULE

NAMES = ("qwen-image", "qwen-image-lightning", "qwen-image-edit", "qwen-image-edit-lightning")


class NoPicture:
    """In place of the pipeline's last step, which would read pixels."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._processor, name)

    def postprocess(self, pixels: torch.Tensor, output_type: str) -> list[torch.Tensor]:
        return [pixels]


def draw(folder: Path, width: int, height: int, images: list[Image.Image] | None = None) -> tuple[Any, int]:
    """One step of the pipeline through the runner's own call: the pixels without numbers, and the most bytes."""
    pipeline = full_size_pipeline(2, edits=images is not None)
    pipeline.image_processor = NoPicture(pipeline.image_processor)
    check_size(pipeline, width, height)
    job = Job("1", "image.generate", {}, folder, folder, lambda _method, _params: None)
    with PeakBytes() as peak, torch.no_grad():
        pixels = run_pipeline(
            pipeline,
            job,
            Measurements(torch.device("cpu")),
            prompt="a fox",
            negative_prompt=NEGATIVE_PROMPT,
            true_cfg_scale=4.0,
            width=width,
            height=height,
            num_inference_steps=1,
            generator=torch.Generator("cpu").manual_seed(1),
            **({"image": images} if images is not None else {}),
        )
    return pixels, peak.most


@pytest.mark.parametrize("size", [(1024, 1024), (2048, 2016)])
def test_a_picture_has_the_size_asked_for_and_takes_what_the_manifest_says(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    pixels, most = draw(tmp_path, *size)
    assert pixels.shape[-2:] == (size[1], size[0])
    for name in NAMES[:2]:
        assert 0.98 <= run_bytes(name, size[0] * size[1] / 1e6 * 50) / most <= 1.3


def test_an_edit_looks_at_pictures_of_its_own_sizes_and_takes_what_the_manifest_says(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (640, 480)), Image.new("RGB", (900, 1600)), Image.new("RGB", (64, 64))]
    pixels, most = draw(tmp_path, 1024, 992, pictures)
    assert pixels.shape[-2:] == (992, 1024)
    for name in NAMES[2:]:
        assert 0.98 <= run_bytes(name, 1024 * 992 / 1e6 * 40) / most <= 1.3


def test_many_pictures_take_less_than_the_largest_result(tmp_path: Path) -> None:
    _, most = draw(tmp_path, 2048, 2048, [Image.new("RGB", (1000, 1000))] * 6)
    for name in NAMES[2:]:
        assert 0.98 <= run_bytes(name, 2048 * 2048 / 1e6 * 40) / most <= 1.3


def test_the_parts_fit_one_another() -> None:
    transformer, vae = full_size_transformer(1).config, full_size_vae().config
    assert transformer.joint_attention_dim == full_size_text_encoder().config.text_config.hidden_size
    # Two by two latents are a token.
    assert transformer.in_channels == 4 * vae.z_dim
    assert len(vae.temperal_downsample) == 3


def test_the_lightning_schedule_has_no_key_that_the_scheduler_lacks() -> None:
    assert LIGHTNING_SCHEDULE.keys() <= dict(real_scheduler().config).keys()


@pytest.mark.parametrize("edits", [False, True])
def test_the_lightning_lora_is_for_layers_that_there_are(edits: bool) -> None:
    name = "qwen-image-edit-lightning" if edits else "qwen-image-lightning"
    [lora] = [source for source in manifest(name)["weights"] if source.get("folder") == "lightning"]
    # Beside the numbers the file holds their names.
    assert lora_bytes(full_size_transformer(edits=edits)) == pytest.approx(lora["bytes"], rel=0.001)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_take_what_the_manifest_says(name: str) -> None:
    transformer = full_size_transformer(edits="edit" in name)
    lora = lora_bytes(transformer) if name.endswith("-lightning") else 0
    whole = weight_bytes([transformer, full_size_vae(), full_size_text_encoder()]) + lora
    model = manifest(name)
    assert model["vramBytes"] == pytest.approx(whole, rel=0.01)
    assert model["memory"]["hostBytes"] == pytest.approx(whole, rel=0.01)
    assert model["memory"]["modes"][0]["vramBytes"] == pytest.approx(weight_bytes([transformer]) + lora, rel=0.01)
    # What is downloaded first is the pipeline, in the type in which it is loaded.
    assert model["weights"][0]["bytes"] == pytest.approx(whole - lora, rel=0.01)


@pytest.mark.parametrize(
    ("name", "pictures", "passes", "steps"),
    [
        ("qwen-image", 1, 2 * 50, 50),
        ("qwen-image-lightning", 1, 4, 50),
        # The source, beside the result.
        ("qwen-image-edit", 2, 2 * 40, 40),
        ("qwen-image-edit-lightning", 2, 4, 40),
    ],
)
def test_a_megapixel_takes_the_time_that_the_manifest_says(name: str, pictures: int, passes: int, steps: int) -> None:
    transformer = full_size_transformer(1, edits="edit" in name)

    def meta(*shape: int) -> torch.Tensor:
        return torch.empty(shape, device="meta", dtype=torch.bfloat16)

    seconds = 60 * reckoned_seconds(
        lambda: transformer(
            hidden_states=meta(1, 64 * 64 * pictures, 64),
            encoder_hidden_states=meta(1, 500, 3584),
            encoder_hidden_states_mask=None,
            timestep=meta(1),
            img_shapes=[[(1, 64, 64)] * pictures],
        )
    )
    assert work_seconds(name, 1024 * 1024 / 1e6 * steps) == pytest.approx(passes * seconds, rel=0.15)
