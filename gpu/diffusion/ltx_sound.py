"""A given sound as the audio latents that LTX-2 knows, and the sound of latents that it made."""

import math
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import LTX2ConditionPipeline
from torch import Tensor

from kt_media.sound import exact_length, read_sound

_CHANNELS: Final = 2
_WINDOW_SAMPLES: Final = 1024
_SILENCE: Final = 1e-5


def sound_latents(pipeline: LTX2ConditionPipeline, path: Path, seconds: float) -> Tensor:
    """The first `seconds` of a sound file, filled up with silence: packed and normalised `[1, length, features]`, as
    long as the pipeline makes them for a film of `seconds`. Raises `InvalidInput` for a file without sound."""
    rate, hop, compression = (
        pipeline.audio_sampling_rate,
        pipeline.audio_hop_length,
        pipeline.audio_vae_temporal_compression_ratio,
    )
    # As the pipeline reckons it, to the last bit: both must round to the same side.
    length = round(seconds * (rate / hop / float(compression)))
    sound = exact_length(read_sound(path, rate, _CHANNELS), length * hop * compression, rate)
    mel = log_mel(torch.from_numpy(sound), rate, hop, pipeline.audio_mel_bins)[None]
    vae = pipeline.audio_vae
    encoded = vae.encode(mel.to(device=vae.device, dtype=vae.dtype)).latent_dist.mode()
    packed = pipeline._pack_audio_latents(encoded[:, :, :length].float())
    return pipeline._normalize_audio_latents(packed, vae.latents_mean, vae.latents_std)


def made_sound(pipeline: LTX2ConditionPipeline, latents: Tensor) -> np.ndarray:
    """The sound of audio latents (as the pipeline answers them): float32 `[channels, samples]` at `made_rate`."""
    vae = pipeline.audio_vae
    mel = vae.decode(latents.to(device=vae.device, dtype=vae.dtype), return_dict=False)[0]
    return pipeline.vocoder(mel)[0].float().cpu().numpy()


def made_rate(pipeline: LTX2ConditionPipeline) -> int:
    """In hertz."""
    return pipeline.vocoder.config.output_sampling_rate


def log_mel(sound: Tensor, rate: int, hop: int, bands: int) -> Tensor:
    """What Lightricks' audio processor makes of `[channels, samples]`: `[channels, samples / hop + 1, bands]`."""
    window = torch.hann_window(_WINDOW_SAMPLES)
    spectrum = torch.stft(
        sound, _WINDOW_SAMPLES, hop, window=window, center=True, pad_mode="reflect", return_complex=True
    ).abs()
    mel = slaney_bank(rate, _WINDOW_SAMPLES, bands) @ spectrum
    return torch.log(mel.clamp(min=_SILENCE)).transpose(-1, -2)


def slaney_bank(rate: int, window: int, bands: int) -> Tensor:
    """Mel filters of Slaney's scale (linear up to 1 kHz, logarithmic above) from 0 to half the rate, each of the same
    area: `[bands, window / 2 + 1]`."""
    hertz_per_mel, knee, log_step = 200 / 3, 15, math.log(6.4) / 27
    highest = knee + math.log(rate / 2 / 1000) / log_step
    mels = torch.linspace(0, highest, bands + 2, dtype=torch.float64)
    edges = torch.where(mels < knee, mels * hertz_per_mel, 1000 * torch.exp((mels - knee) * log_step))
    bins = torch.linspace(0, rate / 2, window // 2 + 1, dtype=torch.float64)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clamp(min=0)
    return (triangles * 2 / (high - low)).float()
