"""Qwen3-TTS speaks a text: in a voice that is described (the checkpoint VoiceDesign), or in that of a recording (Base).

Both checkpoints are held by one process, because they do one task, which has one queue. One job needs one of them: that
one is on the GPU (4.5 GB in bfloat16), the other waits in host memory. A job of the other mode exchanges them, which
takes about a second; holding both on the GPU would keep other models off it for that.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypedDict, cast

import numpy as np
import soxr
import torch
from kt_media.sound import MIME_TYPES, normalise_loudness, write_sound
from kt_protocol import InvalidInput, Job, LoadTarget, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.runner import TorchRunner
from kt_torch.weights import folder_of

from checkpoint import load_checkpoint
from pauses import cut_at_pause, without_silent_ends
from reference_voice import SAMPLE_RATE, ReferenceVoice, read_reference
from speech_length import TOKENS_PER_SECOND, tokens_enough
from token_progress import tokens_reported
from twelve_hertz import Qwen3TTSModel

# By a job's mode: the folder, and what the checkpoint calls itself.
CHECKPOINTS: Final = {"voice_design": ("voice-design", "voice_design"), "voice_clone": ("base", "base")}
OUTPUT_RATE: Final = 48_000
# Integrated; usual for podcasts, and what the drafts have.
LUFS: Final = -16.0
COMMENT: Final = "Made by Qwen3-TTS with Killa Tamata"
# The checkpoints' own settings, which are the library's too.
SAMPLING: Final = {
    "do_sample": True,
    "top_k": 50,
    "top_p": 1.0,
    "temperature": 0.9,
    "repetition_penalty": 1.05,
    "subtalker_dosample": True,
    "subtalker_top_k": 50,
    "subtalker_top_p": 1.0,
    "subtalker_temperature": 0.9,
}


class SpeakParams(TypedDict):
    """What `audio.speak` sends: `AudioSpeakParams` of `src/tasks/audio-speak.ts`."""

    mode: str
    text: str
    voiceDescription: str | None
    language: str
    referenceAudioPath: str | None
    referenceTranscript: str | None
    referenceAudioMaxSeconds: float | None
    maxNewTokens: int
    qualityKbps: int
    outputFormat: str
    seed: int


class Qwen3TtsRunner(TorchRunner):
    name = "qwen-tts"
    version = "1"
    tasks = ("audio.speak",)

    def build(self, target: LoadTarget) -> None:
        folder = folder_of(target)
        self._voices = {
            mode: load_checkpoint(folder / name, kind, self.dtype) for mode, (name, kind) in CHECKPOINTS.items()
        }
        self._mode = "voice_design"

    def modules(self) -> Iterable[torch.nn.Module]:
        for voice in self._voices.values():
            yield from modules_of(voice)

    def drop(self) -> None:
        self._voices: dict[str, Qwen3TTSModel] = {}

    def to_device(self) -> None:
        """Brings the checkpoint of the latest job to the device; the other stays where it is, on the host."""
        voice = self._voices[self._mode]
        for module in modules_of(voice):
            module.to(self.device)
        # The library puts its inputs where the weights were when they were loaded.
        voice.device = voice.model.speech_tokenizer.device = self.device

    def run(self, job: Job) -> RunResult:
        with released_after(self.device):
            return self._speak(job, cast(SpeakParams, job.params))

    def _speak(self, job: Job, params: SpeakParams) -> RunResult:
        measurements = Measurements(self.device)
        with measurements.stage("voice"):
            job.progress("voice", 0, 1, 0.0)
            reference = reference_of(params)
            voice = self._voice_for(params["mode"])
        text = " ".join(spoken(params["text"]).split())
        tokens_max = min(params["maxNewTokens"], tokens_enough(text))
        torch.manual_seed(params["seed"])
        with tokens_reported(job, voice, text, tokens_max, measurements) as count:
            speech = say(text, voice, params, reference, tokens_max)
        with measurements.stage("mastering"):
            job.progress("mastering", 0, 1, 0.92)
            # The last token ends the speech, unless the tokens ran out before it.
            is_cut = count.made >= tokens_max
            sound = master(speech, is_cut)
        with measurements.stage("encoding"):
            job.progress("encoding", 0, 1, 0.96)
            output_format = params["outputFormat"]
            path = job.output_folder / f"speech.{output_format}"
            write_sound(path, sound, OUTPUT_RATE, output_format, params["qualityKbps"], COMMENT, job.check_canceled)
        job.progress("encoding", 1, 1, 1.0)
        seconds = sound.shape[-1] / OUTPUT_RATE
        notes = [*(reference.notes if reference else ()), *cut_notes(params["maxNewTokens"], tokens_max, is_cut)]
        return {
            "outputs": [{"filename": path.name, "mimeType": MIME_TYPES[output_format], "durationSeconds": seconds}],
            "metadata": {
                "checkpoint": f"{voice.model.tts_model_type} {voice.model.tts_model_size}",
                "tokens": count.made,
                "tokensMax": tokens_max,
                "loudnessLufs": LUFS,
                "reference": facts_of(reference),
                "isCut": is_cut,
                "notes": notes,
            },
            "measurements": {**measurements.report(), "tokens": count.made},
        }

    def _voice_for(self, mode: str) -> Qwen3TTSModel:
        if mode != self._mode:
            self.to_host()
            # Before the move: should it fail half way, the next one repeats it.
            self._mode = mode
        self.to_device()
        return self._voices[mode]


def modules_of(voice: Qwen3TTSModel) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The model, and its codec, which the library hides from it."""
    return voice.model, voice.model.speech_tokenizer.model


def reference_of(params: SpeakParams) -> ReferenceVoice | None:
    """The recording to clone, None in mode voice_design. Raises `InvalidInput`."""
    if params["mode"] != "voice_clone":
        return None
    path, seconds_max = params["referenceAudioPath"], params["referenceAudioMaxSeconds"]
    if path is None or seconds_max is None:
        raise InvalidInput("A voice can be cloned only from a recording.")
    transcript = params["referenceTranscript"]
    return read_reference(Path(path), seconds_max, spoken(transcript) if transcript else None)


def spoken(text: str) -> str:
    """`text` in which nothing is a mark of the model's template, such as `<|im_end|>` or `<tts_pad>`."""
    return text.replace("<", "< ")


def say(
    text: str, voice: Qwen3TTSModel, params: SpeakParams, reference: ReferenceVoice | None, tokens_max: int
) -> np.ndarray:
    """The speech as it comes from the codec: float32 `[samples]` at 24 kHz."""
    arguments = {"text": text, "language": params["language"], "max_new_tokens": tokens_max, **SAMPLING}
    if reference is None:
        description = spoken(params["voiceDescription"] or "")
        speeches, rate = voice.generate_voice_design(instruct=description, non_streaming_mode=True, **arguments)
    else:
        prompt = voice.create_voice_clone_prompt(
            ref_audio=(reference.samples, SAMPLE_RATE),
            ref_text=reference.transcript,
            x_vector_only_mode=reference.transcript is None,
        )
        speeches, rate = voice.generate_voice_clone(voice_clone_prompt=prompt, non_streaming_mode=False, **arguments)
    if rate != SAMPLE_RATE:
        raise RuntimeError(f"The codec answers {rate} Hz instead of {SAMPLE_RATE} Hz.")
    return speeches[0]


def master(speech: np.ndarray, is_cut: bool) -> np.ndarray:
    """Finished sound, float32 `[1, samples]` at 48 kHz: silence at the ends taken off, at the usual loudness. A speech
    that was cut off ends at a pause of its last second and a half, if it has one. Raises `InvalidInput` for silence."""
    if is_cut:
        seconds = len(speech) / SAMPLE_RATE
        speech = cut_at_pause(speech, SAMPLE_RATE, max(seconds / 2, seconds - 1.5), seconds)
    heard = without_silent_ends(speech, SAMPLE_RATE)
    if heard.size == 0:
        raise InvalidInput("The text holds nothing that can be said.")
    # Lower rates than 48 kHz have no high bit rates in MP3.
    resampled = soxr.resample(heard, SAMPLE_RATE, OUTPUT_RATE, quality="VHQ")
    return normalise_loudness(resampled[np.newaxis], OUTPUT_RATE, LUFS)


def cut_notes(tokens_wanted: int, tokens_max: int, is_cut: bool) -> list[str]:
    """Why the speech was cut off, if it was."""
    if not is_cut:
        return []
    seconds = tokens_max / TOKENS_PER_SECOND
    if tokens_max == tokens_wanted:
        return [f"Cut off: maxNewTokens allows {seconds:.1f} s."]
    return [f"Cut off after {seconds:.1f} s, more than the text can need: the voice did not end by itself."]


def facts_of(reference: ReferenceVoice | None) -> dict[str, Any] | None:
    if reference is None:
        return None
    return {"secondsUsed": reference.seconds, "usesTranscript": reference.transcript is not None}
