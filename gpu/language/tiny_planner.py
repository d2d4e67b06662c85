"""Qwen3 with some random weights, for tests: it knows one token a byte, and what it says is noise."""

from pathlib import Path
from typing import Final

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerBase, Qwen2Tokenizer, Qwen3Config, Qwen3ForCausalLM

MARKS: Final = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# Written after what the hub's does with plain messages.
CHAT_TEMPLATE: Final = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_tiny_planner(folder: Path) -> None:
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(folder)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    config = Qwen3Config(
        # Rounded up, as the real one is.
        vocab_size=len(tokenizer) + 61,
        hidden_size=32,
        intermediate_size=1024,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=end,
        pad_token_id=0,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)


def tiny_tokenizer() -> PreTrainedTokenizerBase:
    words = [*MARKS, *sorted(ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[])
    tokenizer.add_special_tokens({"extra_special_tokens": list(MARKS)})
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.eos_token = "<|im_end|>"
    return tokenizer
