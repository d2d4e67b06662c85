"""A runner as a child program, spoken to over its pipes as the appliance does."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

PROTOCOL_FOLDER = Path(__file__).parent.parent
PROJECT_FOLDER = PROTOCOL_FOLDER.parent.parent
ANSWER_SECONDS_MAX = 120.0
# What the appliance promises a client; here of the runner's own computing, so that a busy machine doesn't matter.
CANCEL_SECONDS_MAX = 2.0


class RunnerFailure(Exception):
    """An error answer, with its `kind`."""

    def __init__(self, kind: str | None, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class RunnerProcess:
    """Starts `run.py <file>` with this Python; `file` is relative to the project, or absolute.

    `progress` holds the reports of the latest job, `output_folder` its files. At the end the process must end by
    itself, and must have written nothing but protocol to stdout.
    """

    def __init__(self, file: str | Path, environment: dict[str, str] | None = None) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="kt-runner-")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 closed in __exit__
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._last_id = 0
        self._job_count = 0
        self.strays: list[bytes] = []
        self.progress: list[dict[str, Any]] = []
        self.output_folder = Path(self._scratch.name)
        self.process = subprocess.Popen(
            [sys.executable, str(PROTOCOL_FOLDER / "run.py"), str(PROJECT_FOLDER / file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", **(environment or {})},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> "RunnerProcess":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.process.stdin.close()
            exit_code = self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            if error is not None:
                sys.stderr.write(self.log())
            self._log.close()
            self._scratch.cleanup()
        if error is None:
            assert (exit_code, self.strays) == (0, [])

    def log(self) -> str:
        """What the runner wrote to stderr so far."""
        # pread, because the child shares the file's position.
        return os.pread(self._log.fileno(), 10_000_000, 0).decode(errors="replace")

    def processor_seconds(self) -> float:
        """What the process has computed so far, on all its threads."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace")
        # The program's name, in brackets, may hold blanks: user and system time are the 12th and 13th behind it.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def initialize(self) -> dict[str, Any]:
        return self.request("initialize", {"protocolVersion": 1, "scratchRoot": self._scratch.name})

    def load(
        self,
        folder: Path | None,
        *,
        device: str = "cpu",
        dtype: str | None = None,
        memory_mode: str | None = None,
        model: str = "tiny",
    ) -> dict[str, Any]:
        where = {"model": model, "modelFolder": None if folder is None else str(folder)}
        return self.request("load", {**where, "device": device, "dtype": dtype, "memoryMode": memory_mode})

    def run(self, task: str, params: dict[str, Any]) -> dict[str, Any]:
        """Does a job and answers its result. Raises `RunnerFailure`."""
        return self.answer_to(self.start(task, params))

    def make(self, task: str, params: dict[str, Any]) -> bytes:
        """Does a job and answers the bytes of its first file."""
        [output, *_] = self.run(task, params)["outputs"]
        return (self.output_folder / output["filename"]).read_bytes()

    def failure_of(self, task: str, params: dict[str, Any]) -> RunnerFailure:
        """Does a job that must fail, and answers how it did."""
        return self._failure(self.start(task, params))

    def load_failure(self, folder: Path | None, **how: Any) -> RunnerFailure:
        """Loads what must not load, and answers why it does not."""
        try:
            self.load(folder, **how)
        except RunnerFailure as failure:
            return failure
        raise AssertionError("It was loaded.")

    def cancel_during(self, task: str, params: dict[str, Any], stage: str | None = None) -> None:
        """Starts a job and cancels it at its first report (of `stage`): it must end at once, and leave no file."""
        running = self.start(task, params)
        self.wait_for_progress(stage)
        self.cancel()
        before = self.processor_seconds()
        assert self._failure(running).kind == "canceled"
        assert self.processor_seconds() - before < CANCEL_SECONDS_MAX
        assert not any(self.output_folder.iterdir())

    def start(self, task: str, params: dict[str, Any]) -> int:
        """Sends a job and answers the request's id, for `answer_to`."""
        self._job_count += 1
        self.progress = []
        self.output_folder = Path(self._scratch.name) / f"job_{self._job_count}" / "out"
        folders = {"outputFolder": str(self.output_folder), "scratchFolder": str(self.output_folder.parent / "scratch")}
        job = {"jobId": f"job_{self._job_count}", "task": task, "params": params}
        return self.send("run", {**job, **folders})

    def cancel(self) -> None:
        """Cancels the latest job; its answer is still to come."""
        self.send("cancel", {"jobId": f"job_{self._job_count}"})

    def request(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises `RunnerFailure` for an error answer."""
        return self.answer_to(self.send(method, params or {}))

    def send(self, method: str, params: dict[str, Any]) -> int:
        self._last_id += 1
        line = json.dumps({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self._last_id

    def wait_for_progress(self, stage: str | None = None) -> dict[str, Any]:
        """The next report of progress, or the next one in `stage`."""
        while True:
            message = self._receive()
            assert message.get("method") in ("progress", "log"), message
            if message["method"] == "progress" and stage in (None, message["params"]["stage"]):
                return message["params"]

    def answer_to(self, request_id: int) -> dict[str, Any]:
        while (message := self._receive()).get("id") != request_id:
            pass
        if "error" in message:
            error = message["error"]
            raise RunnerFailure(error.get("data", {}).get("kind"), error["message"])
        return message["result"]

    def _failure(self, request_id: int) -> RunnerFailure:
        try:
            self.answer_to(request_id)
        except RunnerFailure as failure:
            return failure
        raise AssertionError("It succeeded.")

    def _receive(self) -> dict[str, Any]:
        message = self._messages.get(timeout=ANSWER_SECONDS_MAX)
        if message is None:
            raise RuntimeError(f"The runner ended with {self.process.wait()}.\n{self.log()}")
        if message.get("method") == "progress":
            self.progress.append(message["params"])
        return message

    def _read(self) -> None:
        for line in self.process.stdout:
            try:
                self._messages.put(json.loads(line))
            except ValueError:
                self.strays.append(line)
        self._messages.put(None)
