"""Progress, cancel and one more knob inside TRELLIS.2, which has no callbacks: its parts are replaced for a job."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, Final

import torch

from kt_protocol import Job
from kt_torch.measure import Measurements

# By sampler: the stage's name, and the job's fraction where it begins and ends.
STAGES: Final = {
    "sparse_structure_sampler": ("structure", 0.03, 0.12),
    "shape_slat_sampler": ("shape", 0.12, 0.45),
    "tex_slat_sampler": ("texture", 0.45, 0.62),
}
EXPORT_STEPS: Final = 6


@contextmanager
def steps_reported(
    job: Job, pipeline: Any, steps: Mapping[str, int], device: torch.device, measurements: Measurements
) -> Iterator[None]:
    """While it is open, each step of each sampler is reported, and a cancel is heard before and after it.

    `steps` says how many a sampler takes in the whole job. After the last one the library decodes.
    """
    with ExitStack() as undo:
        for name, (stage, begin, end) in STAGES.items():
            sampler, total = getattr(pipeline, name), steps[name]
            report = step_reporter(job, stage, (begin, end), total, measurements)
            # Shadows the method; an exception in it leaves the library at once.
            sampler.sample_once = report(sampler.sample_once, device)
            undo.callback(delattr, sampler, "sample_once")
        yield


def step_reporter(
    job: Job, stage: str, fractions: tuple[float, float], total: int, measurements: Measurements
) -> Callable[[Callable[..., Any], torch.device], Callable[..., Any]]:
    begin, end = fractions

    def wrap(sample_once: Callable[..., Any], device: torch.device) -> Callable[..., Any]:
        done = 0

        def reported(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            job.check_canceled()
            if done == 0:
                measurements.begin(stage)
            found = sample_once(*args, **kwargs)
            # By now a GPU has only been given the work: without waiting, a cancel would come after all the steps.
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            done += 1
            job.progress(stage, done, total, begin + (end - begin) * min(1, done / total))
            if stage == "texture" and done == total:
                measurements.begin("decode")
            return found

        return reported

    return wrap


@contextmanager
def export_reported(job: Job, postprocess: ModuleType) -> Iterator[None]:
    """While it is open, the bar of `o_voxel.postprocess` reports to the job, and a cancel is heard at its steps."""

    class Bar:
        """As much of a tqdm as the module uses."""

        def __init__(self, total: int, desc: str) -> None:
            self.done = 0

        def update(self, count: int) -> None:
            self.done += count
            job.progress("export", self.done, EXPORT_STEPS, 0.7 + 0.22 * self.done / EXPORT_STEPS)

        def set_description(self, desc: str) -> None:
            job.check_canceled()

        def close(self) -> None:
            """There is nothing to take off the screen."""

    with replaced(postprocess, "tqdm", Bar):
        yield


@contextmanager
def holes_filled(cumesh: ModuleType, fill: bool, perimeter_max: float) -> Iterator[None]:
    """While it is open, the library fills holes up to `perimeter_max` (in units of the model's size), or none.

    It fills them at several places, each with a perimeter of its own that is no argument.
    """
    fill_holes = cumesh.CuMesh.fill_holes

    def chosen(self: Any, max_hole_perimeter: float = 0.0) -> None:
        if fill and perimeter_max > 0:
            fill_holes(self, max_hole_perimeter=perimeter_max)

    with replaced(cumesh.CuMesh, "fill_holes", chosen):
        yield


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
