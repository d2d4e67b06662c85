"""What the manifest says of the planner, held against Qwen3-4B-Instruct-2507's real sizes (its config.json)."""

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from kt_testing.meta_memory import PeakBytes, manifest, on_meta, run_bytes, weight_bytes

SIZES = {
    **{"vocab_size": 151936, "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36},
    **{"num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True},
}
PROMPT_TOKENS, ALL_TOKENS = 8_000, 16_000


def test_the_weights_and_the_cache_take_what_the_manifest_says() -> None:
    model = on_meta(lambda: Qwen3ForCausalLM(Qwen3Config(**SIZES, max_position_embeddings=262_144)))
    model.tie_weights()
    assert manifest("planner")["vramBytes"] == pytest.approx(weight_bytes([model]), rel=0.01)
    config = model.config
    cache_bytes = 2 * 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * ALL_TOKENS
    prompt = torch.zeros(1, PROMPT_TOKENS, dtype=torch.long, device="meta")
    with PeakBytes() as reading, torch.no_grad():
        # As `generate` reads a prompt: scores of its last token alone.
        model(input_ids=prompt, use_cache=True, logits_to_keep=1)
    assert 0.98 <= run_bytes("planner", 0) / max(cache_bytes, reading.most) <= 1.3
