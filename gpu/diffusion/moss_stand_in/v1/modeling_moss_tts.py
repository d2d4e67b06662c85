"""Stands in for the code beside MOSS-SoundEffect's weights: the published signatures, without a language model."""

import torch
from tqdm import tqdm
from transformers import PreTrainedModel

from .configuration_moss_tts import MossTTSDelayConfig


class MossTTSDelayModel(PreTrainedModel):
    config_class = MossTTSDelayConfig
    _supports_sdpa = True

    def __init__(self, config: MossTTSDelayConfig) -> None:
        super().__init__(config)
        self.embed = torch.nn.Embedding(300, config.hidden_size)
        self.language_model = torch.nn.Linear(config.hidden_size, config.hidden_size)
        self.lm_head = torch.nn.Linear(config.hidden_size, config.n_vq * config.audio_vocab_size)
        self.post_init()

    @torch.inference_mode()
    def generate(
        self,
        input_ids: torch.LongTensor,
        attention_mask: torch.Tensor | None = None,
        max_new_tokens: int = 1000,
        text_temperature: float = 1.5,
        text_top_p: float = 1.0,
        text_top_k: int = 50,
        audio_temperature: float = 1.7,
        audio_top_p: float = 0.8,
        audio_top_k: int = 25,
        audio_repetition_penalty: float = 1.0,
    ) -> list[tuple[int, torch.Tensor]]:
        """Rows of a text token and one a layer: `input_ids[0, -1]` and the delay's, or `max_new_tokens`. A whole sound
        has its end, and after it another one begins, as the published model may do."""
        hidden = self.embed(input_ids[0, :-1]).sum(dim=0) * 10
        wanted = int(input_ids[0, -1]) + self.config.n_vq
        rows = []
        for step in tqdm(range(max_new_tokens), desc="Generating bs1 ..."):
            hidden = torch.tanh(self.language_model(hidden)) + 0.01 * step
            logits = (
                self.lm_head(hidden).view(self.config.n_vq, self.config.audio_vocab_size) * 1000 / audio_temperature
            )
            likely = logits.topk(min(audio_top_k, self.config.audio_vocab_size)).values[:, -1:]
            chances = logits.masked_fill(logits < likely, float("-inf")).softmax(-1)
            config = self.config
            text = config.audio_end_token_id if step == wanted - 1 else config.audio_assistant_gen_slot_token_id
            rows.append(torch.cat([torch.tensor([text]), torch.multinomial(chances, 1)[:, 0]]))
            if step == wanted:
                break
        return [(0, torch.stack(rows))]
