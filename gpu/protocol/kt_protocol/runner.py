"""What a model implements: `Runner`; and what it is given: `LoadTarget` and `Job`."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from kt_protocol.errors import Canceled
from kt_protocol.messages import LogLevel, Residency, RunResult


@dataclass(frozen=True)
class LoadTarget:
    """Where and how the model is loaded."""

    model: str
    model_folder: Path | None
    device: str
    dtype: str | None
    memory_mode: str | None


@dataclass(frozen=True)
class Job:
    """One job: its parameters, its folders, and the way back to the appliance."""

    job_id: str
    task: str
    params: Mapping[str, Any]
    output_folder: Path
    scratch_folder: Path
    notify: Callable[[str, Mapping[str, Any]], None]
    canceled: threading.Event = field(default_factory=threading.Event)

    def check_canceled(self) -> None:
        """Raises `Canceled` when the appliance wants the job stopped. Call it often: at least once a second."""
        if self.canceled.is_set():
            raise Canceled

    def progress(self, stage: str, step: int, steps: int, fraction: float) -> None:
        """Reports `step` of `steps` in `stage`, and `fraction` (0..1) of the whole job; then checks for a cancel."""
        bounded = min(1.0, max(0.0, fraction))
        report = {"jobId": self.job_id, "stage": stage, "step": step, "steps": steps, "fraction": bounded}
        self.notify("progress", report)
        self.check_canceled()

    def log(self, level: LogLevel, message: str) -> None:
        """Writes a line to the appliance's log. It also counts as a sign of life."""
        self.notify("log", {"level": level, "message": message, "jobId": self.job_id})


NOTHING_HELD: Residency = {"vramBytes": 0, "hostBytes": 0, "seconds": 0.0}


class Runner:
    """A model. Its methods run on one thread, one after another; only a cancel comes from another one."""

    name: ClassVar[str]
    version: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]

    def load(self, target: LoadTarget) -> Residency:
        """Brings the weights to the device. Raises `ModelBroken` or `OutOfMemory`."""
        return NOTHING_HELD

    def park(self) -> Residency:
        """Gives the GPU memory back and keeps the weights in host memory."""
        return NOTHING_HELD

    def wake(self) -> Residency:
        """Undoes `park`."""
        return NOTHING_HELD

    def unload(self) -> Residency:
        """Gives all memory back."""
        return NOTHING_HELD

    def run(self, job: Job) -> RunResult:
        """Does a job of one of `tasks`; writes its outputs into `job.output_folder` and names them."""
        raise NotImplementedError
