import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, str(ROOT / "run.py"), str(ROOT / "echo_runner.py")]


class EchoChild:
    """The echo runner as a child program, spoken to line by line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.last_id = 0

    def send(self, method: str, params: dict[str, Any]) -> int:
        self.last_id += 1
        self.send_text(json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}))
        return self.last_id

    def send_text(self, text: str) -> None:
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        return json.loads(self.process.stdout.readline())

    def answer_to(self, request_id: int) -> dict[str, Any]:
        """The answer to a request; notifications and other answers before it are dropped."""
        while (message := self.receive()).get("id") != request_id:
            pass
        return message

    def close(self) -> tuple[bytes, bytes]:
        return self.process.communicate(timeout=10)


class Serving(unittest.TestCase):
    def setUp(self) -> None:
        self.child = EchoChild()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.addCleanup(self.end_child)

    def end_child(self) -> None:
        self.child.process.kill()
        if not self.child.process.stdin.closed:
            self.child.process.communicate()

    def run_job(self, job_id: str, task: str = "echo", **params: Any) -> int:
        folders = {"outputFolder": str(self.folder), "scratchFolder": str(self.folder)}
        return self.child.send("run", {"jobId": job_id, "task": task, "params": params, **folders})

    def kind_of(self, request_id: int) -> str:
        return self.child.answer_to(request_id)["error"]["data"]["kind"]

    def test_prints_of_every_sort_go_to_stderr(self) -> None:
        answer = self.child.answer_to(self.run_job("job_1", noise=True))
        self.assertEqual(answer["result"]["outputs"][0]["filename"], "echo.json")
        stdout, stderr = self.child.close()
        self.assertEqual(stdout, b"")
        for source in (b"an import", b"Python", b"descriptor 1", b"a child"):
            self.assertIn(b"noise from " + source, stderr)

    def test_a_running_job_is_canceled_and_the_next_one_runs(self) -> None:
        running = self.run_job("job_1", steps=1000, stepSeconds=0.02)
        self.assertEqual(self.child.receive()["method"], "progress")
        self.child.send("cancel", {"jobId": "job_1"})
        self.assertEqual(self.kind_of(running), "canceled")
        self.assertIn("result", self.child.answer_to(self.run_job("job_2")))

    def test_a_job_that_waits_for_its_turn_is_canceled_before_it_starts(self) -> None:
        self.run_job("job_1", steps=1000, stepSeconds=0.02)
        waiting = self.run_job("job_2")
        self.child.send("cancel", {"jobId": "job_2"})
        self.child.send("cancel", {"jobId": "job_1"})
        self.assertEqual(self.kind_of(waiting), "canceled")
        self.assertFalse((self.folder / "echo.json").exists())

    def test_errors_have_kinds(self) -> None:
        self.assertEqual(self.kind_of(self.run_job("job_1", fail="out_of_memory")), "out_of_memory")
        self.assertEqual(self.kind_of(self.run_job("job_2", fail="invalid_input")), "invalid_input")
        self.assertEqual(self.kind_of(self.run_job("job_3", task="dance")), "invalid_input")
        bug = self.child.answer_to(self.run_job("job_4", fail="bug"))["error"]
        self.assertEqual(bug["data"]["kind"], "internal")
        self.assertEqual(bug["message"], "ZeroDivisionError: a bug")
        self.assertIn(b"Traceback", self.child.close()[1])

    def test_the_cause_of_broken_weights_is_in_the_log_and_not_in_the_answer(self) -> None:
        error = self.child.answer_to(self.run_job("job_1", fail="broken_weights"))["error"]
        self.assertEqual(error["data"]["kind"], "model_broken")
        self.assertEqual(error["message"], "The model's files can't be loaded.")
        self.assertIn("result", self.child.answer_to(self.run_job("job_2")))
        log = self.child.close()[1]
        for words in (b"OSError: the file is cut off", b"direct cause", b"echo_runner.py"):
            self.assertIn(words, log)

    def test_a_process_whose_gpu_broke_answers_and_ends(self) -> None:
        error = self.child.answer_to(self.run_job("job_1", fail="broken_gpu"))["error"]
        self.assertEqual(error["data"]["kind"], "internal")
        self.assertEqual(self.child.process.wait(10), 1)
        self.assertIn(b"The GPU failed", self.child.close()[1])

    def test_parameters_of_the_wrong_shape_are_refused_with_the_reason(self) -> None:
        error = self.child.answer_to(self.child.send("run", {"jobId": "job_1"}))["error"]
        self.assertEqual(error["code"], -32600)
        self.assertIn("/params/outputFolder: is missing", error["message"])

    def test_a_line_that_is_not_json_is_answered_without_an_id(self) -> None:
        self.child.send_text('{"jsonrpc":')
        self.assertEqual(self.child.receive()["error"]["code"], -32700)
        self.child.send_text('{"jsonrpc": "2.0", "id": true, "method": "park", "params": {}}')
        self.assertEqual(self.child.receive()["error"]["code"], -32600)
        self.assertIn("result", self.child.answer_to(self.child.send("park", {})))

    def test_the_end_of_stdin_ends_it_in_the_middle_of_a_job(self) -> None:
        self.run_job("job_1", steps=2, stepSeconds=60)
        self.assertEqual(self.child.receive()["method"], "progress")
        started = time.monotonic()
        self.child.close()
        self.assertEqual(self.child.process.returncode, 0)
        self.assertLess(time.monotonic() - started, 10)


if __name__ == "__main__":
    unittest.main()
