"""Stands in for the code beside MOSS-SoundEffect's weights: the published signatures, without a language model."""

from typing import Any

from transformers import PretrainedConfig


class MossTTSDelayConfig(PretrainedConfig):
    model_type = "moss_tts_delay"

    def __init__(
        self,
        n_vq: int = 4,
        audio_vocab_size: int = 32,
        audio_assistant_gen_slot_token_id: int = 151656,
        audio_end_token_id: int = 151653,
        sampling_rate: int = 24_000,
        hidden_size: int = 16,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.n_vq = n_vq
        self.audio_vocab_size = audio_vocab_size
        self.audio_assistant_gen_slot_token_id = audio_assistant_gen_slot_token_id
        self.audio_end_token_id = audio_end_token_id
        self.sampling_rate = sampling_rate
        self.hidden_size = hidden_size
