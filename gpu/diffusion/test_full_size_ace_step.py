"""What the runner takes for granted of ACE-Step 1.5 XL, held against the real sizes (see full_size_ace_step.py)."""

import pytest
import torch

from ace_step import Sampling, make_music
from ace_step_words import Words
from full_size_ace_step import full_size_pipeline
from kt_testing.meta_memory import PeakBytes, manifest, run_bytes, weight_bytes

NAMES = ("ace-step", "ace-step-turbo")


@pytest.mark.parametrize("seconds", [60.0, 240.0])
def test_music_has_the_rate_and_length_and_takes_what_the_manifest_says(seconds: float) -> None:
    pipeline = full_size_pipeline(2)
    assert (pipeline.sample_rate, pipeline.latents_per_second) == (48_000, 25)
    words = Words(tags="calm piano", lyrics="[verse]\nwe go", language="en", omitted={})
    with PeakBytes() as peak, torch.no_grad():
        audio = make_music(pipeline, words, Sampling(1, 7.0, 1.0), seconds, 1, lambda *_: {})
    assert audio.shape == (1, 2, round(seconds * 48_000))
    for name in NAMES:
        assert 0.98 <= run_bytes(name, seconds) / peak.most <= 1.3


def test_the_parts_fit_one_another() -> None:
    pipeline = full_size_pipeline(1)
    transformer, conditions = pipeline.transformer.config, pipeline.condition_encoder.config
    assert transformer.encoder_hidden_size == conditions.hidden_size
    assert conditions.text_hidden_dim == pipeline.text_encoder.config.hidden_size
    assert transformer.audio_acoustic_hidden_dim == pipeline.vae.config.decoder_input_channels
    assert transformer.in_channels == 3 * transformer.audio_acoustic_hidden_dim


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_take_what_the_manifest_says(name: str) -> None:
    pipeline = full_size_pipeline()
    parts = [pipeline.text_encoder, pipeline.condition_encoder, pipeline.transformer, pipeline.vae]
    model = manifest(name)
    assert model["vramBytes"] == pytest.approx(weight_bytes(parts), rel=0.01)
    assert model["memory"]["hostBytes"] == pytest.approx(weight_bytes(parts), rel=0.01)
    assert model["memory"]["modes"][0]["vramBytes"] == pytest.approx(weight_bytes([pipeline.transformer]), rel=0.01)
    assert model["weights"][0]["bytes"] == pytest.approx(weight_bytes(parts), rel=0.02)
