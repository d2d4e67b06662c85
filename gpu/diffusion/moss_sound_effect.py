"""MOSS-SoundEffect: a sound effect from a description. Two models share the name, and the files tell which one it is:

- v1 (OpenMOSS-Team/MOSS-SoundEffect): a language model of sound tokens, 24 kHz mono; see moss_v1.py
- v2 (OpenMOSS-Team/MOSS-SoundEffect-v2.0): a diffusion model, 48 kHz mono; see moss_v2.py

Both come as code that no registry has: v1's lies beside its weights, v2's is a Git package. The tests of this project
run the runner with modules that stand in for them, written after the published signatures (tiny_moss.py).
"""

import os
from collections.abc import Iterable

# Before a library asks for them: no file is ever fetched; and no compiler makes the first job wait for minutes.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch

import moss_v1
import moss_v2
from kt_media.sound import exact_length, write_sound
from kt_protocol import Job, LoadTarget, RunResult
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.runner import TorchRunner
from kt_torch.weights import folder_of

COMMENT = "Made by MOSS-SoundEffect with Killa Tamata"


class MossSoundEffectRunner(TorchRunner):
    name = "moss-sound-effect"
    version = "1"
    tasks = ("moss.sound.effect",)
    moss: moss_v1.MossV1 | moss_v2.MossV2 | None = None

    def build(self, target: LoadTarget) -> None:
        folder = folder_of(target)
        # As every pipeline of diffusers has it.
        variant = moss_v2.MossV2 if (folder / "model_index.json").exists() else moss_v1.MossV1
        self.moss = variant(folder, self.dtype)

    def modules(self) -> Iterable[torch.nn.Module]:
        return [] if self.moss is None else self.moss.modules()

    def to_device(self) -> None:
        self.moss.to(self.device)

    def to_host(self) -> None:
        self.moss.to(torch.device("cpu"))

    def drop(self) -> None:
        self.moss = None

    def run(self, job: Job) -> RunResult:
        moss, params, measurements = self.moss, job.params, Measurements(self.device)
        duration_seconds = float(params["durationSeconds"])
        with released_after(self.device):
            sound, metadata = moss.make(job, duration_seconds, measurements)
        rate = moss.sample_rate
        exact = exact_length(sound, round(duration_seconds * rate), rate)
        with measurements.stage("write"):
            job.progress("write", 1, 1, 0.96)
            output_format, kbps = params["outputFormat"], params["qualityKbps"]
            path = job.output_folder / f"effect.{output_format}"
            output = write_sound(path, exact, rate, output_format, kbps, COMMENT, job.check_canceled)
        metadata = {"model": "MOSS-SoundEffect", **metadata}
        return {"outputs": [output], "metadata": metadata, "measurements": measurements.report()}
