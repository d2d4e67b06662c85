"""A runner whose model is made of torch modules. A subclass says how to build it; see `gpu/diffusion/qwen_image.py`."""

import time
from collections.abc import Callable, Iterable
from typing import Final, final

import torch

from kt_protocol import LoadTarget, ModelBroken, OutOfMemory, Residency, Runner
from kt_protocol.errors import is_out_of_memory
from kt_torch.memory import held_bytes, release
from kt_torch.weights import failures_told_apart

DTYPES: Final = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


class TorchRunner(Runner):
    """Loads, parks, wakes and unloads a model, and tells what it holds after each.

    A subclass implements `build`, `modules`, `drop` and, as every runner, `run`.
    """

    device: torch.device
    dtype: torch.dtype

    def build(self, target: LoadTarget) -> None:
        """Loads the weights of `target.model_folder` into host memory as `self.dtype`, and keeps them in attributes."""
        raise NotImplementedError

    def modules(self) -> Iterable[torch.nn.Module]:
        """All that `build` made: what is moved between the host and the device, and counted."""
        raise NotImplementedError

    def drop(self) -> None:
        """Forgets every reference to the model. Also called when `build` failed half way, or was never called."""
        raise NotImplementedError

    def to_device(self) -> None:
        """Makes the model ready for `run`. A memory mode that moves modules by itself overrides this and `to_host`."""
        for module in self.modules():
            module.to(self.device)

    def to_host(self) -> None:
        """Takes the model off the device."""
        for module in self.modules():
            module.to("cpu")

    @final
    def load(self, target: LoadTarget) -> Residency:
        """Raises `ModelBroken` for weights that are missing or damaged, `OutOfMemory` for too little memory."""
        self.device = device_of(target.device)
        self.dtype = dtype_of(target.dtype, self.device)

        def build_and_place() -> None:
            self.drop()
            release(self.device)
            with failures_told_apart():
                self.build(target)
                self.to_device()

        try:
            return self._timed(build_and_place)
        except Exception:
            self.drop()
            release(self.device)
            raise

    @final
    def park(self) -> Residency:
        return self._timed(self.to_host)

    @final
    def wake(self) -> Residency:
        """Raises `OutOfMemory` when something else took the device's memory; the model then stays on the host."""
        try:
            return self._timed(self.to_device)
        except Exception as error:
            self.to_host()
            release(self.device)
            if is_out_of_memory(error):
                raise OutOfMemory("The GPU has too little memory for the model now.") from error
            raise

    @final
    def unload(self) -> Residency:
        started = time.monotonic()
        self.drop()
        release(getattr(self, "device", None))
        return {"vramBytes": 0, "hostBytes": 0, "seconds": time.monotonic() - started}

    def _timed(self, change: Callable[[], None]) -> Residency:
        started = time.monotonic()
        change()
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        # What the change left behind doesn't count.
        release(self.device)
        held = held_bytes(self.modules(), self.device)
        return {"vramBytes": held.vram, "hostBytes": held.host, "seconds": time.monotonic() - started}


def device_of(name: str) -> torch.device:
    """`cpu`, `cuda`, `cuda:1` … as torch's device; `cuda` is the first GPU."""
    device = torch.device(name)
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", 0)
    return device


def dtype_of(name: str | None, device: torch.device) -> torch.dtype:
    """The type that the weights are loaded as: bfloat16 on a GPU and float32 on a CPU unless it is named."""
    if name is None:
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    if name not in DTYPES:
        raise ModelBroken(f"The dtype {name} is unknown; known are {', '.join(DTYPES)}.")
    return DTYPES[name]
