"""Progress and cancel inside a diffusers pipeline."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from kt_protocol import Job

StepCallback = Callable[[Any, int, Any, Mapping[str, Any]], dict[str, Any]]


def report_steps(job: Job, stage: str, steps: int, begin: float = 0.05, end: float = 0.9) -> StepCallback:
    """For `callback_on_step_end`: reports each of `steps` as the job's fraction between `begin` and `end`.

    The callback raises `Canceled`, which leaves the pipeline at once; its `_interrupt` would still decode. Call
    `maybe_free_model_hooks()` afterwards.
    """

    def report(_pipeline: Any, step_index: int, _timestep: Any, _tensors: Mapping[str, Any]) -> dict[str, Any]:
        done = step_index + 1
        job.progress(stage, done, steps, begin + (end - begin) * done / steps)
        # Pipelines take values out of the answer: a dict it must be.
        return {}

    return report


@contextmanager
def canceled_inside(job: Job, *modules: torch.nn.Module) -> Iterator[None]:
    """While it is open, every submodule of `modules` raises `Canceled` instead of its forward once the job is canceled:
    for long calls without a callback, such as text encoding and decoding."""

    def check(_module: torch.nn.Module, _arguments: Any) -> None:
        job.check_canceled()

    with ExitStack() as hooks:
        for module in modules:
            for submodule in module.modules():
                hooks.callback(submodule.register_forward_pre_hook(check).remove)
        yield
