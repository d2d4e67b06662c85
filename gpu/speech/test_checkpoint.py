"""Weights that can't be loaded, through the runner's process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from kt_testing.runner_process import RunnerProcess


def truncate(folder: Path) -> None:
    file = folder / "base" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def lose_a_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = folder / "voice-design" / "speech_tokenizer" / "model.safetensors"
    tensors = load_file(file)
    del tensors["decoder.pre_conv.conv.weight"]
    save_file(tensors, file, {"format": "pt"})


def lose_a_file(folder: Path) -> None:
    (folder / "base" / "config.json").unlink()


def exchange(folder: Path) -> None:
    (folder / "base").rename(folder / "other")
    (folder / "voice-design").rename(folder / "base")
    (folder / "other").rename(folder / "voice-design")


def forget_all(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage", [truncate, lose_a_tensor, lose_a_file, exchange, forget_all])
def test_bad_weights_are_told(
    process: RunnerProcess, folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(shutil.copytree(folder, tmp_path / "model"))
    assert process.load_failure(tmp_path / "model").kind == "model_broken"
    assert process.request("unload")["hostBytes"] == 0
    assert process.load(folder)["hostBytes"] > 0
