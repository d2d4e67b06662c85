"""A runner without a model: shows how one is written, and lets tests see what the protocol package promises.

python3 run.py echo_runner.py
"""

import json
import os
import subprocess
import time

from kt_protocol import InvalidInput, Job, ModelBroken, OutOfMemory, Runner, RunResult

# Even what a library prints while it is imported doesn't reach the appliance.
print("noise from an import")


class EchoRunner(Runner):
    """`echo` writes its parameters to `echo.json`. Parameters that it knows:

    - `steps`, `stepSeconds`: progress reports and the pause after each
    - `noise`: prints to stdout from Python, from descriptor 1 and from a child program
    - `fail`: `out_of_memory`, `invalid_input`, `broken_weights`, `broken_gpu` or `bug`
    """

    name = "echo"
    version = "1"
    tasks = ("echo",)

    def run(self, job: Job) -> RunResult:
        if job.params.get("noise"):
            make_noise()
        fail(job.params.get("fail"))
        steps = int(job.params.get("steps", 1))
        for step in range(1, steps + 1):
            job.progress("echoing", step, steps, step / steps)
            time.sleep(float(job.params.get("stepSeconds", 0)))
        (job.output_folder / "echo.json").write_text(json.dumps(dict(job.params)), encoding="utf-8")
        job.log("info", "Echoed.")
        return {
            "outputs": [{"filename": "echo.json", "mimeType": "application/json"}],
            "metadata": {"keys": sorted(job.params)},
            "measurements": {},
        }


def make_noise() -> None:
    print("noise from Python")
    os.write(1, b"noise from descriptor 1\n")
    subprocess.run(["echo", "noise from a child"], check=True)


def fail(how: str | None) -> None:
    match how:
        case "out_of_memory":
            raise OutOfMemory("The echo was too loud.")
        case "invalid_input":
            raise InvalidInput("There is nothing to echo.")
        case "broken_weights":
            try:
                raise OSError("the file is cut off")
            except OSError as error:
                raise ModelBroken("The model's files can't be loaded.") from error
        case "broken_gpu":
            # What torch raises, as a torch.AcceleratorError.
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        case "bug":
            raise ZeroDivisionError("a bug")
