"""The smallest torch runner: a square matrix in `linear.pt`. For the tests of `kt_torch` and `kt_testing`."""

import json
from collections.abc import Iterable

import torch

from kt_protocol import Job, LoadTarget, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.runner import TorchRunner
from kt_torch.steps import canceled_inside, report_steps
from kt_torch.weights import folder_of


class LinearRunner(TorchRunner):
    """`linear` applies the matrix to `rows` rows of ones, `steps` times; each is reported unless `silent`."""

    name = "linear"
    version = "1"
    tasks = ("linear",)
    layer: torch.nn.Module | None = None

    def build(self, target: LoadTarget) -> None:
        state = torch.load(folder_of(target) / "linear.pt", map_location="cpu", weights_only=True)
        layer = torch.nn.Sequential(torch.nn.Linear(*state["0.weight"].shape, bias=False, dtype=self.dtype))
        layer.load_state_dict(state)
        self.layer = layer

    def modules(self) -> Iterable[torch.nn.Module]:
        return [] if self.layer is None else [self.layer]

    def drop(self) -> None:
        self.layer = None

    @torch.no_grad()
    def run(self, job: Job) -> RunResult:
        measurements, steps = Measurements(self.device), job.params["steps"]
        report = report_steps(job, "multiplying", steps)
        with released_after(self.device), canceled_inside(job, self.layer), measurements.stage("multiply"):
            for step in range(steps):
                values = self.layer(torch.ones(job.params.get("rows", 1), self.layer[0].in_features, dtype=self.dtype))
                if not job.params.get("silent"):
                    report(None, step, None, {})
        path = job.output_folder / "sum.json"
        path.write_text(json.dumps(values.sum().item()), encoding="utf-8")
        output = {"filename": path.name, "mimeType": "application/json"}
        return {"outputs": [output], "metadata": {}, "measurements": measurements.report()}
