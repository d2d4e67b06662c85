"""How long each stage of a job took, and the most memory that it needed."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch


class Measurements:
    """Made at the start of a job. Stages follow one another, either `with m.stage("denoise"):` or, where a library's
    one call has several, by `m.begin("denoise")` from a hook inside it; a stage that comes again adds up."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seconds: dict[str, float] = {}
        self._stage: str | None = None
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        reset_peak_host_bytes()
        self._started = self._stage_started = time.monotonic()

    def begin(self, stage: str) -> None:
        """Ends the stage that is under way and starts `stage`."""
        self.end()
        self._stage = stage

    def end(self) -> None:
        """Ends the stage that is under way, when the GPU is done with it."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        now = time.monotonic()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._stage_started
        self._stage, self._stage_started = None, now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.begin(name)
        try:
            yield
        finally:
            self.end()

    def report(self) -> dict[str, float]:
        """`seconds`, `<stage>Seconds`, `peakVramBytes` (torch's allocator), `peakHostBytes` (the process)."""
        self.end()
        cuda = self._device.type == "cuda"
        return {
            "seconds": time.monotonic() - self._started,
            **{f"{stage}Seconds": seconds for stage, seconds in self._seconds.items()},
            "peakVramBytes": torch.cuda.max_memory_reserved(self._device) if cuda else 0,
            "peakHostBytes": peak_host_bytes(),
        }


def reset_peak_host_bytes() -> None:
    """Lets the peak count from now on where the system can (Linux); elsewhere it is the process's whole life's."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_host_bytes() -> int:
    """The most memory that the process had resident, in bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        # Linux counts in KiB, macOS in bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
