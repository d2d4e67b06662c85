"""What the runner takes for granted of Qwen3-TTS-12Hz-1.7B, held against the real sizes (its config.json)."""

from contextlib import nullcontext
from typing import Any, Final

import pytest
import torch
from kt_testing.meta_memory import PeakBytes, manifest, on_meta, run_bytes, weight_bytes

from reference_voice import SAMPLE_RATE
from speech_length import TOKENS_PER_SECOND
from twelve_hertz import (
    Qwen3TTSConfig,
    Qwen3TTSForConditionalGeneration,
    Qwen3TTSTokenizerV2Config,
    Qwen3TTSTokenizerV2Model,
)

ATTENTION: Final = {"head_dim": 128, "num_attention_heads": 16, "num_key_value_heads": 8, "num_code_groups": 16}
TALKER: Final[dict[str, Any]] = {
    **ATTENTION,
    **{"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "text_hidden_size": 2048},
    **{"text_vocab_size": 151936, "vocab_size": 3072, "spk_id": {}, "spk_is_dialect": {}, "codec_language_id": {}},
    "rope_scaling": {"interleaved": True, "mrope_section": [24, 20, 20], "rope_type": "default"},
    "code_predictor_config": {
        **ATTENTION,
        **{"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 5, "vocab_size": 2048},
    },
}
CODEC: Final[dict[str, dict[str, Any]]] = {
    "encoder_config": {"frame_rate": 12.5, "sampling_rate": 24000, "use_causal_conv": True, "num_quantizers": 32},
    "decoder_config": {
        **{"hidden_size": 512, "intermediate_size": 1024, "head_dim": 64, "codebook_dim": 512, "latent_dim": 1024},
    },
}
# What one piece has: the library decodes 300 tokens at once, with 25 before them.
PIECE_TOKENS: Final = 325


def full_size_voice(kind: str) -> Qwen3TTSForConditionalGeneration:
    config = Qwen3TTSConfig(
        talker_config=TALKER,
        speaker_encoder_config={"enc_dim": 2048, "sample_rate": 24000},
        tokenizer_type="qwen3_tts_tokenizer_12hz",
        tts_model_size="1b7",
        tts_model_type=kind,
    )
    return on_meta(lambda: Qwen3TTSForConditionalGeneration(config))


def full_size_codec(dtype: torch.dtype = torch.bfloat16) -> Qwen3TTSTokenizerV2Model:
    return on_meta(lambda: Qwen3TTSTokenizerV2Model(Qwen3TTSTokenizerV2Config(**CODEC)), dtype)


def test_the_weights_take_what_the_manifest_says() -> None:
    model = manifest("qwen-tts")
    design, base = full_size_voice("voice_design"), full_size_voice("base")
    assert model["vramBytes"] == pytest.approx(weight_bytes([base, full_size_codec()]), rel=0.01)
    both = weight_bytes([design, base, full_size_codec(), full_size_codec()])
    assert model["memory"]["hostBytes"] == pytest.approx(both, rel=0.01)
    # The codec's file is in float32.
    for voice, source in zip((design, base), model["weights"], strict=True):
        assert source["bytes"] == pytest.approx(weight_bytes([voice, full_size_codec(torch.float32)]), rel=0.01)


def test_speech_has_the_rate_and_takes_what_the_manifest_says(monkeypatch: pytest.MonkeyPatch) -> None:
    # It knows no device `meta`.
    monkeypatch.setattr(torch, "autocast", lambda **_: nullcontext())
    decoder = full_size_codec().decoder
    codes = torch.zeros(1, 16, PIECE_TOKENS, dtype=torch.long, device="meta")
    with PeakBytes() as peak, torch.no_grad():
        wave = decoder(codes)
    assert wave.shape[-1] == PIECE_TOKENS * SAMPLE_RATE / TOKENS_PER_SECOND
    # Keys and values of each token in 28 layers, and the states of all of them, which the library keeps too.
    kept = 2 * TALKER["num_hidden_layers"] * (2 * 8 * 128 + TALKER["hidden_size"])
    seconds = PIECE_TOKENS / TOKENS_PER_SECOND
    assert 0.98 <= run_bytes("qwen-tts", seconds) / (peak.most + kept * PIECE_TOKENS) <= 1.3
