"""`audio.annotation.reference` by Whisper (faster-whisper, CTranslate2) for words and Beat This! for beats."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from kt_protocol import Job, LoadTarget, ModelBroken, OutOfMemory, Residency, Runner, RunResult
from kt_protocol.errors import is_out_of_memory
from kt_torch.memory import held_bytes, release, released_after
from kt_torch.runner import device_of
from kt_torch.weights import folder_of

from annotate import Annotating
from beats import BeatThis, load_beat_model
from hearing_choice import choose_model
from interruptible import Worker
from whisper_models import WhisperModels

DEFAULT_MODEL = "distil-large-v3"


class WhisperAnnotation(Runner):
    """The model's folder holds one folder a Whisper model, and `beat-this/final0.ckpt`. Whisper models change with what
    jobs ask for: one of them is in memory at a time."""

    name = "whisper"
    version = "1"
    tasks = ("audio.annotation.reference",)

    def __init__(self) -> None:
        self._worker = Worker()
        self._whisper: WhisperModels | None = None
        self._beats: BeatThis | None = None
        self._device = torch.device("cpu")

    def load(self, target: LoadTarget) -> Residency:
        folder = folder_of(target)
        self._device = device_of(target.device)
        return self._changed(lambda: self._load(folder, target.dtype))

    def _load(self, folder: Path, dtype: str | None) -> None:
        self._drop()
        try:
            self._whisper = WhisperModels(folder, dtype)
            installed = self._whisper.installed()
            if not installed:
                raise ModelBroken("No Whisper model is installed.")
            self._whisper.take(choose_model(DEFAULT_MODEL, "en", installed).model, str(self._device))
            self._beats = load_beat_model(folder).to(self._device)
        except Exception as error:
            self._drop()
            if is_out_of_memory(error):
                raise OutOfMemory("There is too little memory to load the model.") from error
            raise

    def park(self) -> Residency:
        return self._changed(self._park)

    def _park(self) -> None:
        if self._whisper and self._beats:
            self._whisper.park()
            self._beats.to("cpu")

    def wake(self) -> Residency:
        return self._changed(self._wake)

    def _wake(self) -> None:
        if self._whisper and self._beats:
            try:
                self._whisper.wake()
                self._beats.to(self._device)
            except Exception as error:
                self._park()
                if is_out_of_memory(error):
                    raise OutOfMemory("The GPU has too little memory for the model now.") from error
                raise

    def unload(self) -> Residency:
        return self._changed(self._drop)

    def _drop(self) -> None:
        if self._whisper:
            self._whisper.drop()
        self._whisper = self._beats = None

    def _changed(self, change: Callable[[], None]) -> Residency:
        started = time.monotonic()
        # What a canceled job left behind ends first.
        self._worker.call(change)
        release(self._device)
        beats = held_bytes([self._beats] if self._beats else [], self._device)
        whisper = self._whisper.held() if self._whisper else None
        return {
            "vramBytes": beats.vram + (whisper.vram if whisper else 0),
            "hostBytes": beats.host + (whisper.host if whisper else 0),
            "seconds": time.monotonic() - started,
        }

    def run(self, job: Job) -> RunResult:
        if self._whisper is None or self._beats is None:
            raise ModelBroken("The model is not loaded.")
        with released_after(self._device):
            engine = {"name": self.name, "version": self.version}
            return Annotating(job, self._worker, self._whisper, self._beats, self._device, engine).run()
