"""Stands in for the code beside MOSS-SoundEffect's weights: the published signatures, without the chat template."""

from dataclasses import dataclass
from typing import Any

import torch
import torchaudio  # noqa: F401 - as the published code, which reads references with it
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from .configuration_moss_tts import MossTTSDelayConfig


@dataclass
class AssistantMessage:
    audio_codes_list: list[torch.Tensor]
    content: str = "<|audio|>"


class MossTTSDelayProcessor:
    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        audio_tokenizer: PreTrainedModel | None = None,
        model_config: MossTTSDelayConfig | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.audio_tokenizer = audio_tokenizer
        self.model_config = model_config

    @staticmethod
    def build_user_message(ambient_sound: str | None = None, tokens: int | None = None) -> dict[str, Any]:
        return {"role": "user", "content": ambient_sound, "tokens": tokens, "audio_codes_list": []}

    def __call__(self, conversations: list[list[dict[str, Any]]], mode: str = "generation") -> dict[str, torch.Tensor]:
        [[message]] = conversations
        if "<|audio|>" in message["content"]:
            raise ValueError("Number of <|audio|> does not match lengths")
        if message["content"] == "more than fits":
            torch.empty(10**13)
        ids = torch.tensor([[*self.tokenizer(message["content"]).input_ids, message["tokens"]]])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids, dtype=torch.bool)}

    def decode(self, output: list[tuple[int, torch.Tensor]]) -> list[AssistantMessage]:
        layers = self.model_config.n_vq
        answers = []
        for _, rows in output:
            if (rows[:-1, 0] == self.model_config.audio_end_token_id).any():
                raise RuntimeError("split_with_sizes expects split_sizes to sum exactly to the rows")
            count = max(0, len(rows) - layers)
            codes = torch.stack([rows[layer : layer + count, 1 + layer] for layer in range(layers)])
            answers.append(AssistantMessage([self.audio_tokenizer.decode(codes)] if count else []))
        return answers
