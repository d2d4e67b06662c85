"""The runner side of the protocol. A model subclasses `Runner` and calls `serve`; see `echo_runner.py`."""

from kt_protocol.errors import Canceled, InvalidInput, ModelBroken, OutOfMemory, RunnerError
from kt_protocol.messages import Output, Residency, RunResult
from kt_protocol.runner import Job, LoadTarget, Runner
from kt_protocol.serve import serve

__all__ = [
    "Canceled",
    "InvalidInput",
    "Job",
    "LoadTarget",
    "ModelBroken",
    "OutOfMemory",
    "Output",
    "Residency",
    "RunResult",
    "Runner",
    "RunnerError",
    "serve",
]
