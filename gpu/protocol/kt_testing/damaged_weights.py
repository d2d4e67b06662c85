"""Ways to break a file of weights. Each puts a new file in the place of the old one, which a runner may have mapped
into its memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load, save


def truncate(file: Path) -> None:
    """Leaves the first half, as a download that broke off."""
    content = file.read_bytes()
    replace(file, content[: len(content) // 2])


def empty(file: Path) -> None:
    """Leaves nothing, as a crash may."""
    replace(file, b"")


def lose_a_tensor(file: Path) -> None:
    """Takes out the first tensor by name of a safetensors file."""
    tensors = load(file.read_bytes())
    del tensors[min(tensors)]
    replace(file, save(tensors, metadata_of(file)))


def fill_with_nan(file: Path, name_ends: str = "") -> None:
    """Makes each tensor whose name ends so not a number."""
    tensors = load(file.read_bytes())
    spoilt = {
        name: torch.full_like(tensor, float("nan")) if name.endswith(name_ends) else tensor
        for name, tensor in tensors.items()
    }
    replace(file, save(spoilt, metadata_of(file)))


@contextmanager
def mended_after(file: Path) -> Iterator[None]:
    """Inside, `file` may be damaged or deleted; afterwards it is as before."""
    good = file.read_bytes()
    try:
        yield
    finally:
        replace(file, good)


def replace(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def metadata_of(file: Path) -> dict[str, str] | None:
    with safe_open(file, framework="pt") as opened:
        return opened.metadata()
