"""The loop of a runner program: one thread reads, so that a cancel is heard during a run; one thread works."""

import json
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from kt_protocol.channel import Channel
from kt_protocol.errors import InvalidInput, RunnerError, failure_of, is_gpu_broken
from kt_protocol.messages import PROTOCOL_VERSION, Request, RpcCode, RunResult, message_problems
from kt_protocol.runner import Job, LoadTarget, Runner
from kt_protocol.shape import problems


def serve(runner: Runner, channel: Channel) -> NoReturn:
    """Answers the appliance until it closes the pipe, then ends the process at once, also in the middle of a job.

    `channel` comes from `take_over_stdio`.
    """
    _Server(runner, channel).run_forever()


class _Server:
    def __init__(self, runner: Runner, channel: Channel) -> None:
        self._runner = runner
        self._channel = channel
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        # Every job that was sent and not answered yet, also those that wait for their turn.
        self._jobs: dict[str, Job] = {}

    def run_forever(self) -> NoReturn:
        threading.Thread(target=self._read, daemon=True).start()
        # The main thread works: some libraries want it.
        while True:
            self._answer(self._requests.get())

    def _read(self) -> None:
        try:
            for line in self._channel.lines():
                self._receive(line)
        finally:
            # The appliance is gone. The working thread may be deep in a kernel: only this ends it.
            sys.stderr.flush()
            os._exit(0)

    def _receive(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            self._channel.refuse(None, RpcCode.PARSE, "The line is not JSON.")
            return
        if any(problems(message, Request)):
            self._channel.refuse(None, RpcCode.INVALID_REQUEST, "The line is JSON, but not a request.")
        elif wrong := list(message_problems(message, "request", message["method"])):
            self._channel.refuse(message["id"], RpcCode.INVALID_REQUEST, "; ".join(wrong))
        elif message["method"] == "cancel":
            self._cancel(message)
        else:
            if message["method"] == "run":
                job = self._job_of(message["params"])
                self._jobs[job.job_id] = job
            self._requests.put(message)

    def _cancel(self, request: Request) -> None:
        job = self._jobs.get(request["params"]["jobId"])
        if job is not None:
            job.canceled.set()
        self._channel.respond(request["id"], {})

    def _answer(self, request: Request) -> None:
        request_id, method = request["id"], request["method"]
        try:
            result = self._dispatch(method, request["params"])
            if result is None:
                self._channel.refuse(request_id, RpcCode.METHOD_NOT_FOUND, f"Unknown method {method}.")
            else:
                # Inside, because it refuses numbers that JSON doesn't know.
                self._channel.respond(request_id, result)
        except Exception as error:
            kind, message = failure_of(error)
            # Broken weights too: the message tells a client that they are, and the log what a library said of them.
            if kind in ("internal", "model_broken"):
                traceback.print_exc()
            self._channel.refuse(request_id, RpcCode.RUNNER, message, kind)
            if is_gpu_broken(error):
                # The appliance looks at the GPU, and starts another process.
                sys.stderr.write("The GPU failed: this process can't use it any more, and ends.\n")
                sys.stderr.flush()
                os._exit(1)

    def _dispatch(self, method: str, params: dict[str, Any]) -> Any:
        runner = self._runner
        match method:
            case "initialize":
                return {
                    "protocolVersion": PROTOCOL_VERSION,
                    "name": runner.name,
                    "version": runner.version,
                    "tasks": list(runner.tasks),
                    "concurrency": 1,
                }
            case "load":
                return runner.load(_target_of(params))
            case "park":
                return runner.park()
            case "wake":
                return runner.wake()
            case "unload":
                return runner.unload()
            case "run":
                return self._run(self._jobs[params["jobId"]])
        return None

    def _run(self, job: Job) -> Any:
        try:
            if job.task not in self._runner.tasks:
                raise InvalidInput(f"{self._runner.name} does not do {job.task}.")
            job.check_canceled()
            for folder in (job.output_folder, job.scratch_folder):
                folder.mkdir(parents=True, exist_ok=True)
            started = time.monotonic()
            result = self._runner.run(job)
            if wrong := list(problems(result, RunResult)):
                raise RunnerError(f"The result of {self._runner.name} is wrong: {'; '.join(wrong)}")
            measurements = {"seconds": time.monotonic() - started, **result["measurements"]}
            return {**result, "measurements": measurements}
        finally:
            del self._jobs[job.job_id]

    def _job_of(self, params: dict[str, Any]) -> Job:
        return Job(
            job_id=params["jobId"],
            task=params["task"],
            params=params["params"],
            output_folder=Path(params["outputFolder"]),
            scratch_folder=Path(params["scratchFolder"]),
            notify=self._channel.notify,
        )


def _target_of(params: dict[str, Any]) -> LoadTarget:
    folder = params["modelFolder"]
    return LoadTarget(
        model=params["model"],
        model_folder=None if folder is None else Path(folder),
        device=params["device"],
        dtype=params["dtype"],
        memory_mode=params["memoryMode"],
    )
