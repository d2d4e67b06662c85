"""TRELLIS.2 from a folder: its code, its weights, and the two models of others that it looks for by name."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from kt_protocol import ModelBroken


def load_pipeline(folder: Path) -> Any:
    """A `Trellis2ImageTo3DPipeline` in host memory. Raises `ModelBroken` when the files lack a tensor.

    `folder` is the checkpoint's, and has in it `code` (the package trellis2, which no registry has), and under their
    own names the repositories that pipeline.json names: a decoder of TRELLIS, DINOv3, and the model that finds
    backgrounds.
    """
    code = str(folder / "code")
    if code not in sys.path:
        sys.path.insert(0, code)
    with working_folder(folder):
        # From inside, a name such as facebook/dinov3-… is a folder, and nothing is looked for on the hub.
        from trellis2.pipelines import Trellis2ImageTo3DPipeline

        pipeline = Trellis2ImageTo3DPipeline.from_pretrained(str(folder))
    files = json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))["args"]["models"]
    check_whole(pipeline.models, {name: folder / f"{files[name]}.safetensors" for name in pipeline.models})
    return pipeline


def check_whole(models: Mapping[str, torch.nn.Module], files: Mapping[str, Path]) -> None:
    """Raises `ModelBroken` when a file lacks a weight of its model, which the library would leave as noise."""
    for name, model in models.items():
        with safe_open(files[name], "pt") as tensors:
            stored = set(tensors.keys())
        missing = {key for key, _ in model.named_parameters()} - stored
        if missing:
            raise ModelBroken(f"The files of {name} lack {len(missing)} tensors, such as {min(missing)}.")


@contextmanager
def working_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
