"""One job of `audio.annotation.reference`, from the file to `annotation.json`."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import ctranslate2
import torch
from kt_protocol import Job, RunResult
from kt_torch.measure import Measurements

from annotation import AnnotatedBeats, Engine
from beats import BeatThis, beats_from, find_logits
from compose_annotation import Findings, compose_annotation, heard_transcript
from fit_in_order import PlacedWord
from hearing import FoundWord, HeardLine, find_words, listen, spoken_language
from hearing_choice import choose_model
from interruptible import Worker
from lyric_alignment import Stretch, align_transcript
from recording import Recording, read_recording
from transcript import Transcript, parse_transcript
from whisper_models import ListeningModel, WhisperModels

T = TypeVar("T")


class Annotating:
    """One job. Every long call is made by the worker, so that a cancel is answered at once."""

    def __init__(
        self,
        job: Job,
        worker: Worker,
        whisper: WhisperModels,
        beats: BeatThis,
        device: torch.device,
        engine: Engine,
    ) -> None:
        self._job, self._worker, self._whisper, self._beats = job, worker, whisper, beats
        self._device, self._engine = device, engine
        self._warnings: list[str] = []
        self._measured = Measurements(device)

    def run(self) -> RunResult:
        params = self._job.params
        language, given = params["language"], params["transcript"]
        choice = choose_model(params["transcriptionModel"], language, self._whisper.installed())
        self._warnings += choice.warnings
        device = self._device_for(params["device"])
        recording = self._stage("listening", 0.0, lambda: read_recording(Path(params["sourceAudioPath"])))
        beats = self._stage("beats", 0.05, lambda: self._find_beats(recording))
        with self._measured.stage("transcription"):
            model = self._call(lambda: self._take(choice.model, device))
            lines, heard_language = self._listen(model, recording, language, 0.7 if given is not None else 0.95)
        drift = None
        if given is None:
            transcript, places = heard_transcript(lines, recording.seconds)
            lyrics = "\n".join(line.text for line in transcript.lines)
        else:
            transcript, lyrics = parse_transcript(given, language), given
            places, drift = self._stage(
                "alignment", 0.7, lambda: self._align(model, recording, transcript, lines, heard_language)
            )
        findings = Findings(
            transcript=transcript,
            places=places,
            lyrics=lyrics,
            transcript_given=given is not None,
            drift_seconds=drift,
            beats=beats,
            language=language,
            model={"requested": params["transcriptionModel"], "used": choice.model},
            warnings=self._warnings,
        )
        return self._write(recording, findings, device)

    def _device_for(self, wanted: str) -> str:
        if wanted == "cpu":
            return "cpu"
        if wanted == "cuda" and self._device.type != "cuda":
            self._warnings.append(f"There is no GPU for the model: it ran on the {self._device.type}.")
        return str(self._device)

    def _take(self, name: str, device: str) -> ListeningModel:
        model = self._whisper.take(name, device)
        # Where a window's first try is poor, the next ones are drawn at random.
        ctranslate2.set_random_seed(self._job.params["seed"])
        return model

    def _find_beats(self, recording: Recording) -> AnnotatedBeats:
        def on_chunk(chunk: int, chunks: int) -> None:
            self._report("beats", chunk, chunks, 0.05 + 0.15 * chunk / chunks)

        return beats_from(find_logits(self._beats, recording.music, on_chunk), recording.seconds)

    def _listen(
        self, model: ListeningModel, recording: Recording, language: str, end: float
    ) -> tuple[list[HeardLine], str]:
        if (told := spoken_language(model, language)) != language:
            what = "took it for English" if told == "en" else "found the language by itself"
            self._warnings.append(f'The model doesn\'t know the language "{language}": it {what}.')
        heard, heard_language = self._call(lambda: listen(model, recording.voice, language))
        lines: list[HeardLine] = []
        part = 0.0

        def report() -> None:
            self._report("transcription", round(100 * part), 100, 0.2 + (end - 0.2) * part)

        # Music without words gives no lines for a long time.
        model.before_window = report
        while (line := self._call(lambda: next(heard, None))) is not None:
            lines.append(line)
            if line.words:
                part = max(part, min(1.0, line.words[-1].end / recording.seconds))
            report()
        return lines, heard_language

    def _align(
        self,
        model: ListeningModel,
        recording: Recording,
        transcript: Transcript,
        lines: Sequence[HeardLine],
        language: str,
    ) -> tuple[list[PlacedWord], float | None]:
        words = [word.text for word in transcript.words]

        def find(stretch: Stretch) -> list[FoundWord] | None:
            part = stretch.first / len(words)
            self._report("alignment", round(100 * part), 100, 0.7 + 0.27 * part)
            span = (stretch.start_seconds, stretch.end_seconds)
            return find_words(model, recording.voice, words[stretch.first : stretch.end], *span, language)

        model.before_window = self._job.check_canceled
        heard = [word for line in lines for word in line.words]
        alignment = align_transcript(transcript, heard, recording.seconds, recording.active, find)
        return alignment.words, alignment.drift_seconds

    def _write(self, recording: Recording, found: Findings, device: str) -> RunResult:
        comment = f"Made by Whisper {found.model['used']} and Beat This! with Killa Tamata"
        annotation = compose_annotation(self._engine, comment, recording, found)
        text = json.dumps(annotation, ensure_ascii=False, indent=2, allow_nan=False)
        (self._job.output_folder / "annotation.json").write_text(f"{text}\n", encoding="utf-8")
        self._report("done", 1, 1, 1.0)
        seconds = recording.seconds
        return {
            "outputs": [{"filename": "annotation.json", "mimeType": "application/json", "durationSeconds": seconds}],
            "metadata": {
                "draft": False,
                "transcriptionModel": annotation["transcriptionModel"],
                "qa": annotation["qa"],
                "tempoBpm": annotation["beats"]["tempoBpm"],
                "words": len(annotation["words"]),
                "sections": len(annotation["sections"]),
                "device": device,
                "wordsByOrigin": dict(Counter(place.how for place in found.places)),
            },
            "measurements": {**self._measured.report(), "sourceSeconds": seconds},
        }

    def _stage(self, name: str, fraction: float, function: Callable[[], T]) -> T:
        self._report(name, 0, 100, fraction)
        with self._measured.stage(name):
            return self._call(function)

    def _call(self, function: Callable[[], T]) -> T:
        return self._worker.call_for(self._job, function)

    def _report(self, stage: str, step: int, steps: int, fraction: float) -> None:
        # First, because a job that was given up may not be heard of any more.
        self._job.check_canceled()
        self._job.progress(stage, step, steps, fraction)
