"""Stands in for OpenMOSS' package: the published signatures, with layers in place of the transformer."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from audiotools import AudioSignal  # noqa: F401 - as the published code
from audiotools.ml import BaseModel
from safetensors.torch import load_file
from tqdm import tqdm

CHANNELS = 4
HOP = 1920


class DAC(BaseModel):
    def __init__(self, hop: int = HOP, sample_rate: int = 48_000) -> None:
        super().__init__()
        self.sample_rate = sample_rate
        self.decoder = torch.nn.utils.weight_norm(torch.nn.ConvTranspose1d(CHANNELS, 1, hop, stride=hop))

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return self.decoder(latents) * 10


class TextEncoder(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = torch.nn.Sequential(torch.nn.Embedding(256, CHANNELS))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.model(ids)


class Engine(torch.nn.Module):
    device = "cpu"

    def __init__(self, vae: DAC) -> None:
        super().__init__()
        self.text_encoder, self.dit, self.vae = TextEncoder(), torch.nn.Conv1d(CHANNELS, CHANNELS, 3, padding=1), vae

    def to(self, device: torch.device) -> "Engine":
        self.device = device
        return super().to(device)


class MossSoundEffectPipeline(torch.nn.Module):
    def __init__(self, engine: Engine, sample_rate: int = 48_000, max_inference_seconds: int = 30) -> None:
        super().__init__()
        object.__setattr__(self, "engine", engine)
        self.sample_rate = sample_rate
        self.max_inference_seconds = max_inference_seconds

    transformer = property(lambda self: self.engine.dit)
    vae = property(lambda self: self.engine.vae)
    text_encoder = property(lambda self: self.engine.text_encoder)
    device = property(lambda self: torch.device(self.engine.device))

    def to(self, *args: Any, **kwargs: Any) -> "MossSoundEffectPipeline":
        self.engine.to(*args, **kwargs)
        return self

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str,
        torch_dtype: torch.dtype = torch.bfloat16,
        device: str = "cuda",
        **kwargs: Any,
    ) -> "MossSoundEffectPipeline":
        folder = Path(pretrained_model_name_or_path)
        index = json.loads((folder / "model_index.json").read_text())
        print(f"Loading from: {folder}")
        engine = Engine(DAC.load(str(folder / "vae" / "vae_128d_48k.pth")))
        engine.text_encoder.load_state_dict(load_file(folder / "text_encoder" / "model.safetensors"), strict=False)
        engine.dit.load_state_dict(load_file(folder / "transformer" / "diffusion_pytorch_model.safetensors"))
        return cls(engine.to(device), int(index["sample_rate"]), int(index["max_inference_seconds"]))

    @torch.no_grad()
    def __call__(
        self,
        prompt: str,
        seconds: float = 10.0,
        num_inference_steps: int = 100,
        cfg_scale: float = 4.0,
        sigma_shift: float = 5.0,
        seed: int = 0,
        negative_prompt: str = "",
        append_duration_suffix: bool = True,
        num_channels: int = 1,
        max_inference_seconds: int | None = None,
        return_dict: bool = False,
        progress_bar_cmd: Callable[[torch.Tensor], Iterable[torch.Tensor]] = tqdm,
    ) -> torch.Tensor:
        """`(1, 1, samples)`; the work is that of the longest sound, whatever `seconds` says."""
        seconds = round(float(seconds), 1)
        longest = max_inference_seconds or self.max_inference_seconds
        if not 0 < seconds <= longest:
            raise ValueError(f"seconds={seconds} exceeds max_inference_seconds={longest}")
        if prompt == "more than fits":
            torch.empty(10**13)
        text = f"{prompt} duration: {seconds:.1f}s" if append_duration_suffix else prompt
        context = self.text_encoder(torch.tensor([list(text.encode())], device=self.device)).mean(dim=1)[..., None]
        noise = torch.randn((1, CHANNELS, longest * 25), generator=torch.Generator("cpu").manual_seed(seed))
        latents = noise.to(self.device)
        for _ in progress_bar_cmd(torch.linspace(1000, 0, num_inference_steps)):
            latents = latents + 0.01 * cfg_scale * torch.tanh(self.transformer(latents) + context)
        return self.vae.decode(latents)[:, :, : int(self.sample_rate * seconds)]
