"""Cancel, out of memory and bad models, and beats by hand-made logits: the runner with something changed in it."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from kt_testing.runner_process import PROJECT_FOLDER, RunnerFailure, RunnerProcess

from tiny_annotation import CLICK_SECONDS, RUNNER, TASK, annotation_of, params


def derived_runner(folder: Path, body: str) -> Path:
    """A runner that is the real one with something changed by `body`."""
    file = folder / "derived_runner.py"
    listening = PROJECT_FOLDER / "gpu/listening"
    file.write_text(
        f"import sys\nsys.path.insert(0, {str(listening)!r})\nimport time\nimport numpy as np\nimport torch\n"
        f"import annotate, whisper_models\nfrom whisper_annotation import WhisperAnnotation\n"
        f"class Derived(WhisperAnnotation):\n    pass\n{body}\n"
    )
    return file


HAND_MADE_LOGITS = """
def logits(model, music, on_chunk):
    # A beat wherever it is loud within 20 ms: what a trained network would answer to clicks.
    frames = np.abs(music[: len(music) // 441 * 441]).reshape(-1, 441).max(1)
    beat = torch.full((len(frames),), -5.0)
    beat[frames > 0.3] = 5.0
    downbeat = torch.full((len(frames),), -5.0)
    downbeat[::100] = 5.0
    return beat, downbeat
annotate.find_logits = logits
"""


def test_the_beats_of_a_click_track_reach_the_file(tmp_path: Path, models: Path, clicks: Path) -> None:
    with RunnerProcess(derived_runner(tmp_path, HAND_MADE_LOGITS)) as process:
        process.load(models)
        process.run(TASK, params(clicks))
        beats = annotation_of(process)["beats"]
    assert beats["tempoBpm"] == pytest.approx(120, rel=0.01)
    assert beats["confidence"] == 1
    assert np.allclose(beats["timesSeconds"], np.arange(0, 12, CLICK_SECONDS), atol=0.021)
    assert beats["downbeatIndices"] == [0, 4, 8, 12, 16, 20]


SLOW_ENCODER = """
encode = whisper_models.WhisperModel.encode
delays = [6.0]
def slow(self, features):
    # As CTranslate2 on a slow machine: nothing can end it early.
    time.sleep(delays.pop() if delays else 0)
    return encode(self, features)
whisper_models.WhisperModel.encode = slow
"""


def test_a_cancel_in_the_middle_of_a_long_call_is_answered_at_once(tmp_path: Path, models: Path, clicks: Path) -> None:
    with RunnerProcess(derived_runner(tmp_path, SLOW_ENCODER)) as process:
        process.load(models)
        running = process.start(TASK, params(clicks))
        process.wait_for_progress("transcription")
        started = time.monotonic()
        process.cancel()
        with pytest.raises(RunnerFailure) as failure:
            process.answer_to(running)
        assert time.monotonic() - started < 2
        assert failure.value.kind == "canceled"
        process.run(TASK, params(clicks))
        assert len(annotation_of(process)["words"]) == 9


FORCED_OUT_OF_MEMORY = """
failures = [torch.OutOfMemoryError("forced"), RuntimeError("CUDA failed with error out of memory"), KeyError("a bug")]
encode = whisper_models.WhisperModel.encode
def failing(self, features):
    if failures:
        raise failures.pop(0)
    return encode(self, features)
whisper_models.WhisperModel.encode = failing
"""


def test_out_of_memory_is_told_from_a_bug_and_the_next_job_runs(tmp_path: Path, models: Path, clicks: Path) -> None:
    with RunnerProcess(derived_runner(tmp_path, FORCED_OUT_OF_MEMORY)) as process:
        process.load(models)
        for kind in ("out_of_memory", "out_of_memory", "internal"):
            with pytest.raises(RunnerFailure) as failure:
                process.run(TASK, params(clicks))
            assert failure.value.kind == kind
        process.run(TASK, params(clicks))
        assert len(annotation_of(process)["words"]) == 9


def damaged(models: Path, folder: Path, how: str) -> Path:
    shutil.copytree(models, folder)
    match how:
        case "no beat tracker":
            shutil.rmtree(folder / "beat-this")
        case "no tokenizer":
            (folder / "tiny/tokenizer.json").unlink()
        case "truncated":
            data = (folder / "tiny/model.bin").read_bytes()
            (folder / "tiny/model.bin").write_bytes(data[: len(data) // 2])
        case "empty":
            (folder / "tiny/model.bin").write_bytes(b"")
        case "noise":
            (folder / "tiny/model.bin").write_bytes(np.random.default_rng(0).bytes(50_000))
        case "lacks a tensor":
            data = (folder / "tiny/model.bin").read_bytes()
            (folder / "tiny/model.bin").write_bytes(data.replace(b"layer_norm/gamma", b"layer_norm/gemma", 1))
        case "another model's preprocessor":
            config = json.loads((folder / "tiny/preprocessor_config.json").read_text())
            (folder / "tiny/preprocessor_config.json").write_text(json.dumps({**config, "feature_size": 128}))
        case "bad tokenizer":
            (folder / "tiny/tokenizer.json").write_text("{}")
    return folder


def test_bad_models_are_told_and_a_good_one_loads_afterwards(tmp_path: Path, models: Path) -> None:
    hows = ["no beat tracker", "no tokenizer", "truncated", "empty", "noise", "lacks a tensor", "bad tokenizer"]
    hows += ["another model's preprocessor"]
    with RunnerProcess(RUNNER) as process:
        for how in hows:
            with pytest.raises(RunnerFailure) as failure:
                process.load(damaged(models, tmp_path / how.replace(" ", "-").replace("'", ""), how))
            assert (how, failure.value.kind) == (how, "model_broken")
            assert str(tmp_path) not in failure.value.message
        with pytest.raises(RunnerFailure) as failure:
            process.load(None)
        assert failure.value.kind == "model_broken"
        process.load(models)
