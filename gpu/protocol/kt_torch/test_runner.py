"""`TorchRunner` and what belongs to it, in a runner process."""

import resource
import time
from pathlib import Path

import pytest
import torch

from kt_testing.runner_process import RunnerFailure, RunnerProcess

SIDE = 64
RUNNER = Path(__file__).parent.parent / "kt_testing" / "linear_runner.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.save({"0.weight": torch.ones(SIDE, SIDE)}, tmp_path / "linear.pt")
    return tmp_path


def test_it_reports_what_it_holds_and_how_a_job_went(folder: Path) -> None:
    with RunnerProcess(RUNNER) as runner:
        assert runner.initialize()["name"] == "linear"
        held = runner.load(folder)
        assert (held["vramBytes"], held["hostBytes"]) == (0, SIDE * SIDE * 4)
        assert runner.load(folder, dtype="bfloat16")["hostBytes"] == SIDE * SIDE * 2
        assert runner.request("park")["hostBytes"] == runner.request("wake")["hostBytes"] == SIDE * SIDE * 2
        result = runner.run("linear", {"steps": 4})
        assert [report["step"] for report in runner.progress] == [1, 2, 3, 4]
        assert runner.progress[-1]["fraction"] == pytest.approx(0.9)
        assert (runner.output_folder / "sum.json").read_text() == str(float(SIDE * SIDE))
        assert result["measurements"]["multiplySeconds"] <= result["measurements"]["seconds"]
        assert result["measurements"]["peakHostBytes"] > 10_000_000
        assert runner.request("unload") == {"vramBytes": 0, "hostBytes": 0, "seconds": pytest.approx(0, abs=5)}


def test_a_cancel_is_heard_inside_a_module_without_reports(folder: Path) -> None:
    with RunnerProcess(RUNNER) as runner:
        runner.load(folder)
        running = runner.start("linear", {"steps": 10**9, "silent": True})
        runner.cancel()
        started = time.monotonic()
        with pytest.raises(RunnerFailure) as failure:
            runner.answer_to(running)
        assert failure.value.kind == "canceled"
        assert time.monotonic() - started < 2
        runner.run("linear", {"steps": 1})


def test_too_little_memory_is_told_apart_and_the_next_job_runs(folder: Path) -> None:
    with RunnerProcess(RUNNER) as runner:
        runner.load(folder)
        runner.run("linear", {"steps": 1})
        # The host's allocator truly refuses: 2^23 rows of 64 floats are 2 GB.
        resource.prlimit(runner.process.pid, resource.RLIMIT_DATA, (1_000_000_000, resource.RLIM_INFINITY))
        with pytest.raises(RunnerFailure) as failure:
            runner.run("linear", {"steps": 1, "rows": 2**23})
        assert failure.value.kind == "out_of_memory"
        runner.run("linear", {"steps": 1})


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(folder: Path) -> None:
    file = folder / "linear.pt"
    good = file.read_bytes()
    with RunnerProcess(RUNNER) as runner:
        for bad in (b"", b"noise" * 100, good[: len(good) // 2]):
            file.write_bytes(bad)
            assert kind_of_load(runner, folder) == "model_broken"
        torch.save({"0.weight": torch.ones(SIDE, SIDE), "1.weight": torch.ones(2)}, file)
        assert kind_of_load(runner, folder) == "model_broken"
        file.unlink()
        assert kind_of_load(runner, folder) == "model_broken"
        assert kind_of_load(runner, None) == "model_broken"
        file.write_bytes(good)
        runner.load(folder)
        runner.run("linear", {"steps": 1})


def kind_of_load(runner: RunnerProcess, folder: Path | None) -> str | None:
    with pytest.raises(RunnerFailure) as failure:
        runner.load(folder)
    return failure.value.kind
