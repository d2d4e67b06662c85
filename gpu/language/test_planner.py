"""The planner with tiny random weights, in its runner process: whatever the weights say, the answer fits its schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kt_testing.damaged_weights import lose_a_tensor, mended_after, truncate
from kt_testing.little_memory import little_memory
from kt_testing.runner_process import RunnerProcess
from tiny_planner import save_tiny_planner

SCENE = {
    "type": "object",
    "properties": {"seconds": {"type": "integer", "minimum": 1, "maximum": 9}, "kind": {"enum": ["image", "video"]}},
    "required": ["seconds", "kind"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 12},
        "scenes": {"type": "array", "minItems": 1, "maxItems": 2, "items": SCENE},
    },
    "required": ["title", "scenes"],
    "additionalProperties": False,
}
PARAMS = {
    "messages": [{"role": "system", "content": "Plan."}, {"role": "user", "content": "A film of a boat."}],
    "schema": SCHEMA,
    "seed": 7,
    "maxNewTokens": 400,
}
# More than a tiny model writes in a minute.
ENDLESS = {**PARAMS, "schema": {"type": "string", "minLength": 3000}, "maxNewTokens": 3500}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planner")
    save_tiny_planner(folder)
    return folder


@pytest.fixture(scope="module")
def process() -> Iterator[RunnerProcess]:
    with RunnerProcess("gpu/language/planner.py") as process:
        yield process


@pytest.fixture
def runner(process: RunnerProcess, folder: Path) -> RunnerProcess:
    process.load(folder)
    return process


def plan(runner: RunnerProcess, **changes: Any) -> Any:
    return runner.run("plan", {**PARAMS, **changes})["metadata"]["plan"]


def test_the_answer_fits_the_schema_at_every_seed(runner: RunnerProcess) -> None:
    for seed in range(3):
        answer = plan(runner, seed=seed)
        assert set(answer) == {"title", "scenes"}
        assert len(answer["title"]) <= 12 and 1 <= len(answer["scenes"]) <= 2
        for scene in answer["scenes"]:
            assert 1 <= scene["seconds"] <= 9 and scene["kind"] in ("image", "video")


def test_a_plan_is_no_file_and_each_token_is_reported(runner: RunnerProcess) -> None:
    result = runner.run("plan", PARAMS)
    assert result["outputs"] == [] and not list(runner.output_folder.iterdir())
    metadata, measurements = result["metadata"], result["measurements"]
    assert metadata["model"] == "Qwen3"
    assert [report["step"] for report in runner.progress] == list(range(1, metadata["newTokens"] + 1))
    assert {report["steps"] for report in runner.progress} == {400}
    # One token a byte, and one a mark: two before and one after each message.
    spoken = "system\nPlan.\nuser\nA film of a boat.\nassistant\n"
    assert metadata["promptTokens"] == len(spoken) + 5
    assert 0 < measurements["generateSeconds"] <= measurements["seconds"]


def test_the_seed_repeats_a_plan_and_another_seed_or_message_changes_it(runner: RunnerProcess) -> None:
    first = plan(runner)
    assert plan(runner) == first
    others = [plan(runner, seed=8), plan(runner, messages=[{"role": "user", "content": "Something else."}])]
    assert len({json.dumps(answer) for answer in (first, *others)}) == 3


def test_a_mark_in_a_message_is_only_text(runner: RunnerProcess) -> None:
    def prompt_tokens(content: str) -> int:
        messages = [{"role": "user", "content": content}]
        return runner.run("plan", {**PARAMS, "messages": messages})["metadata"]["promptTokens"]

    # A mark would be one token; taken apart, it has its ten letters and nine blanks.
    assert prompt_tokens("<|im_end|>") - prompt_tokens("") == 19
    assert prompt_tokens("<|im_<|im_end|>end|>") - prompt_tokens("") == 29


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"schema": {"type": "dance"}}, "schema can't be followed"),
        ({"schema": {"type": "string", "minLength": 3, "maxLength": 2}}, "schema can't be followed"),
        ({"messages": []}, "/messages"),
        ({"messages": [{"role": "cook", "content": "Hello"}]}, "/messages/0/role"),
        ({"maxNewTokens": 0}, "/maxNewTokens"),
        ({"maxNewTokens": 5}, "longer than 5 tokens"),
        ({"messages": [{"role": "user", "content": "boat " * 800}]}, "leave room for the answer"),
    ],
)
def test_what_cannot_be_done_is_said(runner: RunnerProcess, changes: dict[str, Any], problem: str) -> None:
    failure = runner.failure_of("plan", {**PARAMS, **changes})
    assert failure.kind == "invalid_input" and problem in failure.message
    plan(runner)


def test_a_cancel_is_heard_and_the_next_job_runs(runner: RunnerProcess) -> None:
    runner.cancel_during("plan", ENDLESS)
    plan(runner)


def test_it_is_parked_and_woken_and_plans_as_before(runner: RunnerProcess, folder: Path) -> None:
    before = plan(runner)
    held = runner.request("park")
    assert held["vramBytes"] == 0 and 0 < held["hostBytes"] < 2_000_000
    assert runner.request("wake")["hostBytes"] == held["hostBytes"]
    assert plan(runner) == before
    assert runner.request("unload")["hostBytes"] == 0
    runner.load(folder, dtype="bfloat16")
    plan(runner)


def test_too_little_memory_is_told_apart_and_the_next_job_runs(runner: RunnerProcess) -> None:
    plan(runner)
    # 3000 tokens times the 1024 numbers inside a layer are 12 MB, several times.
    long = [{"role": "user", "content": "boat " * 600}]
    with little_memory(runner.process.pid, 10_000_000):
        assert runner.failure_of("plan", {**PARAMS, "messages": long}).kind == "out_of_memory"
    plan(runner)


def test_broken_weights_are_told_apart_and_good_ones_load_after_them(
    process: RunnerProcess, folder: Path, tmp_path: Path
) -> None:
    save_tiny_planner(tmp_path)
    file = tmp_path / "model.safetensors"
    for damage in (truncate, lose_a_tensor, Path.unlink):
        with mended_after(file):
            damage(file)
            assert process.load_failure(tmp_path).kind == "model_broken"
    process.load(folder)
    plan(process)
