"""The runner as the appliance uses it, with a Whisper and a Beat This! of random weights."""

import json
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kt_protocol import Canceled, InvalidInput, Job
from kt_protocol.shape import problems
from kt_testing.runner_process import PROJECT_FOLDER, RunnerFailure, RunnerProcess

from annotation import Annotation
from hearing_choice import choose_model
from interruptible import Worker
from tiny_beat_this import make_tiny_beat_this
from tiny_whisper import make_tiny_whisper

torch.set_num_threads(1)
RUNNER = "gpu/listening/whisper_annotation.py"
TASK = "audio.annotation.reference"
TRANSCRIPT = "[Intro]\n[Verse]\nWe launch at dawn,\nhold formation.\n[Chorus]\nBring everyone home!"
CLICK_SECONDS = 0.5


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    make_tiny_whisper(folder / "tiny")
    make_tiny_beat_this(folder / "beat-this" / "final0.ckpt")
    return folder


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of clicks, two a second, in stereo."""
    rate = 44_100
    sound = np.zeros((rate * 12, 2), np.int16)
    for start in np.arange(0, 12, CLICK_SECONDS):
        tone = np.sin(2 * np.pi * 1000 * np.arange(2000) / rate) * np.exp(-np.arange(2000) / 400)
        first = round(start * rate)
        sound[first : first + 2000] += (20_000 * tone[:, None]).astype(np.int16)
    path = tmp_path_factory.mktemp("sound") / "clicks.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, rate, len(sound), "NONE", ""))
        file.writeframes(sound.tobytes())
    return path


@pytest.fixture(scope="module")
def runner(models: Path) -> Iterator[RunnerProcess]:
    with RunnerProcess(RUNNER) as process:
        process.initialize()
        process.load(models)
        yield process


def params(sound: Path, **changes: Any) -> dict[str, Any]:
    given = {"sourceAudioPath": str(sound), "transcript": TRANSCRIPT, "language": "en", "device": "auto", "seed": 1}
    return {**given, "transcriptionModel": "tiny", **changes}


def annotation_of(process: RunnerProcess) -> Annotation:
    """The file, which has to fit both Python's and the appliance's own idea of it."""
    file = process.output_folder / "annotation.json"
    annotation = json.loads(file.read_text())
    assert list(problems(annotation, Annotation)) == []
    check_by_appliance(file)
    for spans in ("words", "sections", "speechSegments"):
        time = 0.0
        for span in annotation[spans]:
            assert time <= span["startSeconds"] <= span["endSeconds"] <= annotation["source"]["durationSeconds"]
            # A section that nothing is left for may be empty.
            assert spans == "sections" or span["startSeconds"] < span["endSeconds"]
            time = span["endSeconds"]
    return annotation


def check_by_appliance(file: Path) -> None:
    bun = shutil.which("bun") or str(PROJECT_FOLDER / ".tools/node_modules/.bin/bun")
    if not Path(bun).exists():
        return
    script = """
        import { Value } from '@sinclair/typebox/value';
        import { Annotation } from './src/media/annotation.ts';
        const problems = [...Value.Errors(Annotation, await Bun.file(process.argv.at(-1)).json())];
        if (problems.length > 0) throw new Error(JSON.stringify(problems.slice(0, 5)));
    """
    checked = subprocess.run(
        [bun, "-e", script, str(file)], cwd=PROJECT_FOLDER, capture_output=True, check=False, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_the_words_of_a_transcript_are_placed_and_the_file_fits_the_schema(runner: RunnerProcess, clicks: Path) -> None:
    result = runner.run(TASK, params(clicks))
    assert result["outputs"] == [
        {"filename": "annotation.json", "mimeType": "application/json", "durationSeconds": 12.0}
    ]
    annotation = annotation_of(runner)
    words = ["We", "launch", "at", "dawn,", "hold", "formation.", "Bring", "everyone", "home!"]
    assert [word["text"] for word in annotation["words"]] == words
    assert annotation["source"] == {"durationSeconds": 12.0, "sampleRate": 44_100, "channels": 2}
    assert annotation["engine"] == {"name": "whisper", "version": "1"}
    assert [section["kind"] for section in annotation["sections"]] == ["intro", "verse", "chorus"]
    assert [line["sectionIndex"] for line in annotation["lyrics"]["lines"]] == [1, 1, 2]
    assert annotation["lyrics"]["text"] == TRANSCRIPT
    # A model of random weights must not be believed.
    assert annotation["qa"]["coverage"] < 0.5
    assert result["metadata"]["qa"] == annotation["qa"]
    assert result["metadata"]["draft"] is False
    assert sum(result["metadata"]["wordsByOrigin"].values()) == len(words)
    assert result["measurements"]["peakHostBytes"] > 0


def test_progress_names_its_stages_and_rises(runner: RunnerProcess, clicks: Path) -> None:
    runner.run(TASK, params(clicks))
    stages = list(dict.fromkeys(report["stage"] for report in runner.progress))
    assert stages == ["listening", "beats", "transcription", "alignment", "done"]
    fractions = [report["fraction"] for report in runner.progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_the_same_job_gives_the_same_bytes(runner: RunnerProcess, clicks: Path) -> None:
    texts = []
    for _ in range(2):
        runner.run(TASK, params(clicks))
        texts.append((runner.output_folder / "annotation.json").read_bytes())
    assert texts[0] == texts[1]


def test_without_a_transcript_what_was_heard_is_written_down(runner: RunnerProcess, clicks: Path) -> None:
    runner.run(TASK, params(clicks, transcript=None))
    annotation = annotation_of(runner)
    assert annotation["transcriptProvided"] is False
    assert (annotation["qa"]["coverage"], annotation["qa"]["driftSeconds"]) == (None, None)
    assert annotation["sections"][0]["source"] == "novelty"
    lines = annotation["lyrics"]["lines"]
    assert [index for line in lines for index in line["words"]] == list(range(len(annotation["words"])))


def test_what_is_not_as_asked_is_told(runner: RunnerProcess, clicks: Path) -> None:
    changes = {"transcriptionModel": "distil-large-v3", "device": "cuda", "language": "de"}
    runner.run(TASK, params(clicks, **changes))
    annotation = annotation_of(runner)
    assert annotation["transcriptionModel"] == {"requested": "distil-large-v3", "used": "tiny"}
    warnings = " ".join(annotation["qa"]["warnings"])
    for words in ("distil-large-v3 hears English only: tiny", "no GPU", 'the language "de": it took it for English'):
        assert words in warnings


def test_a_model_of_many_languages_is_told_which(tmp_path: Path, models: Path, clicks: Path) -> None:
    make_tiny_whisper(tmp_path / "large-v3", multilingual=True)
    shutil.copytree(models / "beat-this", tmp_path / "beat-this")
    with RunnerProcess(RUNNER) as process:
        process.load(tmp_path, dtype="float16")
        asked = {"transcriptionModel": "distil-large-v3", "transcript": "我们走吧，\n好"}  # noqa: RUF001
        process.run(TASK, params(clicks, language="zh", **asked))
        annotation = annotation_of(process)
        assert [word["text"] for word in annotation["words"]] == list("我们走吧好")
        assert annotation["qa"]["warnings"][0].startswith("The model distil-large-v3 hears English only: large-v3")
        assert len(annotation["qa"]["warnings"]) == 2
        process.run(TASK, params(clicks, language="xx", transcript=None, transcriptionModel="large-v3"))
        warnings = annotation_of(process)["qa"]["warnings"]
        assert warnings[0] == 'The model doesn\'t know the language "xx": it found the language by itself.'


def test_a_file_without_sound_is_refused(runner: RunnerProcess, tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("no sound")
    with pytest.raises(RunnerFailure) as failure:
        runner.run(TASK, params(tmp_path / "text.mp3"))
    assert failure.value.kind == "invalid_input"
    assert str(tmp_path) not in failure.value.message


def test_silence_and_a_moment_of_sound_still_place_every_word(runner: RunnerProcess, tmp_path: Path) -> None:
    for samples in (16_000 * 3, 900):
        path = tmp_path / f"{samples}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16_000, samples, "NONE", ""))
            file.writeframes(bytes(samples * 2))
        runner.run(TASK, params(path))
        annotation = annotation_of(runner)
        assert len(annotation["words"]) == 9
        assert annotation["speechSegments"] == []


def test_parked_and_woken_it_does_the_same_job(runner: RunnerProcess, clicks: Path, models: Path) -> None:
    runner.run(TASK, params(clicks))
    before = (runner.output_folder / "annotation.json").read_bytes()
    held = [runner.request(method) for method in ("park", "wake")]
    assert all(answer["vramBytes"] == 0 and answer["hostBytes"] > 100_000 for answer in held)
    runner.run(TASK, params(clicks))
    assert (runner.output_folder / "annotation.json").read_bytes() == before
    assert runner.request("unload")["hostBytes"] == 0
    with pytest.raises(RunnerFailure, match="not loaded"):
        runner.run(TASK, params(clicks))
    runner.load(models)


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


def test_the_model_is_chosen_by_what_is_asked_and_what_is_there() -> None:
    everything = ["distil-large-v3", "large-v3", "tiny"]
    assert choose_model("distil-large-v3", "en", everything).model == "distil-large-v3"
    spanish = choose_model("distil-large-v3", "es", everything)
    assert spanish.model == "large-v3"
    assert spanish.warnings == ("The model distil-large-v3 hears English only: large-v3 listened instead.",)
    assert choose_model("tiny", "es", everything).warnings == ()
    assert choose_model("medium", "en", everything).model == "large-v3"
    assert "is not installed" in choose_model("medium", "en", everything).warnings[0]
    with pytest.raises(InvalidInput, match="install large-v3"):
        choose_model("distil-large-v3", "es", ["distil-large-v3"])


def test_a_worker_hands_on_answers_and_failures_and_leaves_what_was_canceled(tmp_path: Path) -> None:
    worker = Worker()
    job = Job("job_1", TASK, {}, tmp_path, tmp_path, lambda method, message: None)
    assert worker.call_for(job, lambda: 5) == 5
    with pytest.raises(TimeoutError, match="its own"):
        worker.call_for(job, raise_timeout)
    job.canceled.set()
    with pytest.raises(Canceled):
        worker.call_for(job, time.sleep, 0.5)
    started = time.monotonic()
    assert worker.call(lambda: 6) == 6
    assert time.monotonic() - started > 0.2


def raise_timeout() -> None:
    raise TimeoutError("its own")
