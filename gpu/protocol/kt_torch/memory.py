"""The memory that torch holds, and giving it back."""

import gc
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class HeldBytes:
    """Bytes of weights on the GPU and on the host. CUDA's own context (some hundred MB) is in neither."""

    vram: int
    host: int


def held_bytes(modules: Iterable[torch.nn.Module], device: torch.device) -> HeldBytes:
    """What the weights occupy now. On a GPU all that torch's allocator keeps counts: no other process can have it."""
    # Tensors that several modules share, or tied weights, are counted once.
    sizes: dict[tuple[str, int], int] = {}
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.device.type != "meta":
                sizes[tensor.device.type, tensor.data_ptr()] = tensor.numel() * tensor.element_size()
    host = sum(size for (kind, _), size in sizes.items() if kind == "cpu")
    weights = sum(size for (kind, _), size in sizes.items() if kind != "cpu")
    reserved = torch.cuda.memory_reserved(device) if device.type == "cuda" else 0
    return HeldBytes(vram=max(weights, reserved), host=host)


def release(device: torch.device | None = None) -> None:
    """Gives back what nobody refers to any more: to the host at once, to the GPU's other processes too."""
    gc.collect()
    if device is not None and device.type == "cuda":
        torch.cuda.empty_cache()


@contextmanager
def released_after(device: torch.device) -> Iterator[None]:
    """Around a job: its working memory goes back when it ends, also when it fails, so that the next job, or another
    model on this GPU, finds it free."""
    try:
        yield
    except BaseException as error:
        # The failed frames hold the tensors that were too large.
        traceback.clear_frames(error.__traceback__)
        raise
    finally:
        release(device)
