"""A language model that can write nothing but JSON of a schema: before each token, those that would break it are ruled
out (llguidance)."""

from collections.abc import Mapping
from typing import Any, Final

import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask
from transformers import LogitsProcessor

from kt_protocol import InvalidInput

BITS_PER_WORD: Final = 32


class JsonGrammar(LogitsProcessor):
    """Follows one answer, a batch of one. When the JSON is complete, the end of the turn is the only token left."""

    def __init__(self, tokenizer: LLTokenizer, schema: Mapping[str, Any], prompt_tokens: int) -> None:
        """Raises `InvalidInput` for a schema that can't be followed: one that is wrong, or that nothing fits."""
        try:
            # Without free white space: a model under a mask likes to write line breaks without an end.
            grammar = LLMatcher.grammar_from_json_schema(dict(schema), defaults={"whitespace_flexible": False})
            self._matcher = LLMatcher(tokenizer, grammar)
        except ValueError as error:
            raise InvalidInput(f"The schema can't be followed: {error}") from error
        self._check("The schema can't be followed")
        self._seen = prompt_tokens
        self._mask = allocate_token_bitmask(1, tokenizer.vocab_size)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        new = input_ids[0, self._seen :].tolist()
        self._seen += len(new)
        if new:
            self._matcher.consume_tokens(new)
        fill_next_token_bitmask(self._matcher, self._mask, 0)
        self._check("The answer left its schema")
        words = self._mask[0].to(scores.device)
        bits = words[:, None] >> torch.arange(BITS_PER_WORD, device=scores.device, dtype=torch.int32)
        allowed = (bits & 1).bool().flatten()[: scores.shape[-1]]
        return scores.masked_fill(~allowed, float("-inf"))

    def _check(self, what: str) -> None:
        if self._matcher.is_error():
            raise InvalidInput(f"{what}: {self._matcher.get_error()}")
