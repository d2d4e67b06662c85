"""MOSS-SoundEffect v2: a diffusion transformer, a continuous sound codec (DAC) and a Qwen3 that reads the prompt.

The package, moss_soundeffect_v2, is in Git only: gpu/moss/pyproject.toml is an environment with it.
"""

import inspect
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
import torch
from safetensors import safe_open

from kt_protocol import Job, ModelBroken
from kt_torch.measure import Measurements
from kt_torch.plain_weights import make_weights_plain
from kt_torch.steps import canceled_inside
from plain_text import plain_text

# The package's defaults, which its README names too.
STEPS: Final = 100
GUIDANCE_SCALE: Final = 4.0


class MossV2:
    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """Loads the pipeline into host memory."""
        with audiotools_standing_in():
            from moss_soundeffect_v2 import MossSoundEffectPipeline

            self._pipeline = MossSoundEffectPipeline.from_pretrained(str(folder), torch_dtype=dtype, device="cpu")
        check_whole(self._pipeline.text_encoder, folder / "text_encoder")
        make_weights_plain(self._pipeline.vae)
        self.sample_rate = int(self._pipeline.sample_rate)

    def modules(self) -> Iterable[torch.nn.Module]:
        return [self._pipeline.text_encoder, self._pipeline.transformer, self._pipeline.vae]

    def to(self, device: torch.device) -> None:
        self._pipeline.to(device)

    def make(self, job: Job, duration_seconds: float, measurements: Measurements) -> tuple[np.ndarray, dict[str, Any]]:
        """Float32 sound, `[1, samples]`, at least as long as asked, and what there is to say of it."""
        pipeline = self._pipeline

        def steps(timesteps: torch.Tensor) -> Iterator[torch.Tensor]:
            measurements.begin("denoise")
            for index, timestep in enumerate(timesteps):
                yield timestep
                # By now a GPU has only been given the work: without waiting, a cancel would come after all the steps.
                if pipeline.device.type == "cuda":
                    torch.cuda.synchronize(pipeline.device)
                job.progress("denoise", index + 1, len(timesteps), 0.02 + 0.83 * (index + 1) / len(timesteps))
            measurements.begin("decode")
            job.progress("decode", 1, 1, 0.86)

        measurements.begin("encode")
        with canceled_inside(job, pipeline.text_encoder, pipeline.vae):
            audio = pipeline(
                prompt=plain_text(job.params["prompt"]),
                # The pipeline rounds to tenths.
                seconds=math.ceil(round(duration_seconds * 10, 6)) / 10,
                num_inference_steps=STEPS,
                cfg_scale=GUIDANCE_SCALE,
                sigma_shift=5.0,
                seed=job.params["seed"],
                negative_prompt="",
                append_duration_suffix=True,
                num_channels=1,
                max_inference_seconds=None,
                return_dict=False,
                progress_bar_cmd=steps,
            )
            sound = audio[0].float().cpu().numpy()
        measurements.end()
        return sound, {"variant": "v2", "numInferenceSteps": STEPS, "guidanceScale": GUIDANCE_SCALE}


def check_whole(encoder: torch.nn.Module, folder: Path) -> None:
    """Raises `ModelBroken` when the files lack a tensor of the text encoder, which its loader fills with noise."""
    model = getattr(encoder, "model", encoder)
    stored: set[str] = set()
    for file in folder.glob("*.safetensors"):
        with safe_open(file, "pt") as tensors:
            stored.update(name.removeprefix("model.") for name in tensors.keys())  # noqa: SIM118, it is no dict
    tied = set(getattr(model, "_tied_weights_keys", None) or ())
    missing = {name.removeprefix("model.") for name in model.state_dict() if name not in tied} - stored
    if missing:
        raise ModelBroken(f"The files of the text encoder lack {len(missing)} tensors, such as {min(missing)}.")


class StoredModel(torch.nn.Module):
    """What the codec takes from descript-audiotools, which wants dozens of packages: reading a file of weights together
    with the arguments that the model was made with."""

    @classmethod
    def load(cls, path: str) -> "StoredModel":
        stored = torch.load(path, map_location="cpu", weights_only=True)
        known = inspect.signature(cls).parameters
        model = cls(**{name: value for name, value in stored["metadata"]["kwargs"].items() if name in known})
        missing = model.load_state_dict(stored["state_dict"], strict=False).missing_keys
        if missing:
            raise ModelBroken(f"The files of the codec lack {len(missing)} tensors, such as {missing[0]}.")
        return model


@contextmanager
def audiotools_standing_in() -> Iterator[None]:
    """Inside, `audiotools` can be imported where it is absent."""
    if find_spec("audiotools") is not None:
        yield
        return
    package, layers = ModuleType("audiotools"), ModuleType("audiotools.ml")
    package.AudioSignal, package.ml, layers.BaseModel = object, layers, StoredModel
    sys.modules.update({"audiotools": package, "audiotools.ml": layers})
    try:
        yield
    finally:
        del sys.modules["audiotools"], sys.modules["audiotools.ml"]
