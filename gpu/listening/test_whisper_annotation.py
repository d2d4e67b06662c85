"""The runner as the appliance uses it, with a Whisper and a Beat This! of random weights."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from kt_testing.runner_process import RunnerFailure, RunnerProcess

from tiny_annotation import RUNNER, TASK, TRANSCRIPT, annotation_of, params
from tiny_whisper import make_tiny_whisper


@pytest.fixture(scope="module")
def runner(models: Path) -> Iterator[RunnerProcess]:
    with RunnerProcess(RUNNER) as process:
        process.initialize()
        process.load(models)
        yield process


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
