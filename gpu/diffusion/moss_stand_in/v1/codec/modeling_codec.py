"""Stands in for MOSS-Audio-Tokenizer: 12.5 tokens a second, 1920 samples each."""

from typing import Any

import torch
from transformers import PretrainedConfig, PreTrainedModel


class CodecConfig(PretrainedConfig):
    model_type = "moss_audio_tokenizer"

    def __init__(self, audio_vocab_size: int = 32, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.audio_vocab_size = audio_vocab_size


class Codec(PreTrainedModel):
    config_class = CodecConfig

    def __init__(self, config: CodecConfig) -> None:
        super().__init__(config)
        self.sounds = torch.nn.Embedding(config.audio_vocab_size, 1920)
        self.post_init()

    def decode(self, codes: torch.LongTensor) -> torch.Tensor:
        """`(layers, tokens)` as a wave, `(samples)`."""
        return self.sounds(codes.to(self.device)).mean(dim=0).flatten() * 10
