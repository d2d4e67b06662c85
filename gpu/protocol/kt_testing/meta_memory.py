"""What a full-size model would hold and need, reckoned on torch's `meta` device: its tensors have shapes and types, but
no numbers and no memory. So an architecture of billions of parameters is built and run in seconds on any machine.
"""

import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from unittest import mock

import tomllib
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

# An H100's 989 TFLOPS of dense bfloat16, at two fifths.
CARD_FLOPS: Final = 400e12
MODELS: Final = Path(__file__).parents[3] / "models"


def manifest(name: str) -> dict[str, Any]:
    """`models/<name>.toml`."""
    return tomllib.loads((MODELS / f"{name}.toml").read_text(encoding="utf-8"))


def run_bytes(name: str, units: float) -> float:
    """What the manifest says that a job of this size needs, on top of the weights."""
    memory = manifest(name)["memory"]
    return memory["runBytes"] + units * memory["runBytesPerUnit"]


def work_seconds(name: str, units: float) -> float:
    """What the manifest says that a job of this size takes longer than the smallest."""
    return units * manifest(name)["estimate"]["secondsPerUnit"]


def reckoned_seconds(call: Callable[[], Any]) -> float:
    """How long the matrix products of `call` take a card that the manifests' estimates are for."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        call()
    return counter.get_total_flops() / CARD_FLOPS


def on_meta(build: Callable[[], torch.nn.Module], dtype: torch.dtype = torch.bfloat16) -> torch.nn.Module:
    """What `build` makes, without its numbers, as a runner loads it."""
    with torch.device("meta"):
        model = build()
    # Not by diffusers' own `to`, which warns of what it does not do.
    return torch.nn.Module.to(model, dtype).eval().requires_grad_(False)


def weight_bytes(modules: Iterable[torch.nn.Module]) -> int:
    """Tied weights count once, as they are one tensor."""
    tensors = {id(t): t for module in modules for t in (*module.parameters(), *module.buffers())}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


class PeakBytes(TorchDispatchMode):
    """While it is open, `most` is the most bytes that the tensors made inside it occupied at once.

    Attention counts as a fused kernel does, which never holds its table of weights. A GPU needs more: what convolutions
    borrow to work in, and what the allocator rounds up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._now = 0
        self._known: set[int] = set()
        self._attention = mock.patch("torch.nn.functional.scaled_dot_product_attention", fused_attention)

    def __enter__(self) -> "PeakBytes":
        self._attention.start()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._attention.stop()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default and args[0].device.type == "meta":
            # Where a library asks for a number, it is told one.
            return 1
        result = func(*args, **(kwargs or {}))
        given = {storage_of(tensor) for tensor in tensors_in((args, kwargs))}
        for tensor in tensors_in(result):
            if tensor.device.type == "meta" and storage_of(tensor) not in self._known | given:
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        self._known.add(key)
        self._now += size
        self.most = max(self.most, self._now)
        weakref.finalize(storage, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size


def fused_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return query.new_empty((*query.shape[:-1], value.shape[-1]))


def tensors_in(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def storage_of(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata
