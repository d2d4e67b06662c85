"""Qwen3 as a planner: messages and a JSON schema in, JSON of that schema out.

The task `plan` makes no file; its answer is in `metadata`:
`{"model": …, "plan": <JSON of the schema>, "promptTokens": n, "newTokens": n}`.
"""

import json
import os
import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, TypedDict

# Before a library asks for it: no file is ever fetched.
os.environ["HF_HUB_OFFLINE"] = "1"

import llguidance.hf
import torch
from llguidance import LLTokenizer
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.utils import logging

from json_grammar import JsonGrammar
from kt_protocol import InvalidInput, Job, LoadTarget, RunResult
from kt_protocol.shape import maximum, minimum, problems
from kt_torch.measure import Measurements
from kt_torch.memory import released_after
from kt_torch.runner import TorchRunner
from kt_torch.steps import canceled_inside
from kt_torch.weights import folder_of, load_whole

logging.disable_progress_bar()

# What the model's card recommends for its instruct models.
SAMPLING: Final = {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.0}


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class PlanParams(TypedDict):
    messages: Annotated[list[Message], minimum(1)]
    # draft 2020-12, as far as llguidance knows it
    schema: dict[str, Any]
    seed: Annotated[int, minimum(0)]
    # An answer that is longer fails: half a JSON is of no use.
    maxNewTokens: Annotated[int, minimum(1), maximum(32_768)]


class PlannerRunner(TorchRunner):
    name = "planner"
    version = "1"
    tasks = ("plan",)
    model: PreTrainedModel | None = None
    tokenizer: PreTrainedTokenizerBase | None = None
    vocabulary: LLTokenizer | None = None

    def build(self, target: LoadTarget) -> None:
        folder = folder_of(target)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.model = load_whole(AutoModelForCausalLM, folder, dtype=self.dtype, attn_implementation="sdpa").eval()
        # The model knows more numbers than there are tokens, to round the size of its layers.
        self.vocabulary = llguidance.hf.from_tokenizer(self.tokenizer, n_vocab=self.model.config.vocab_size)

    def modules(self) -> Iterable[torch.nn.Module]:
        return [] if self.model is None else [self.model]

    def drop(self) -> None:
        self.model = self.tokenizer = self.vocabulary = None

    @torch.inference_mode()
    def run(self, job: Job) -> RunResult:
        params, measurements = read_params(job), Measurements(self.device)
        prompt = self.read_prompt(params)
        prompt_tokens, tokens_max = prompt.shape[1], params["maxNewTokens"]
        grammar = JsonGrammar(self.vocabulary, params["schema"], prompt_tokens)
        # The library draws from torch's own generators, of the processor or of the GPU.
        devices = [self.device] if self.device.type == "cuda" else []
        with (
            released_after(self.device),
            torch.random.fork_rng(devices),
            canceled_inside(job, self.model),
            measurements.stage("generate"),
        ):
            torch.manual_seed(params["seed"])
            tokens = self.model.generate(
                input_ids=prompt.to(self.device),
                attention_mask=torch.ones_like(prompt).to(self.device),
                generation_config=self.generation_config(tokens_max),
                logits_processor=LogitsProcessorList([grammar]),
                stopping_criteria=StoppingCriteriaList([TokensReported(job, prompt_tokens, tokens_max)]),
            )
        answer = tokens[0, prompt_tokens:].tolist()
        metadata = {
            "model": "Qwen3",
            "plan": self.read_answer(answer, tokens_max),
            "promptTokens": prompt_tokens,
            "newTokens": len(answer),
        }
        return {"outputs": [], "metadata": metadata, "measurements": measurements.report()}

    def read_prompt(self, params: PlanParams) -> torch.Tensor:
        """The token numbers `[1, n]` of the conversation. Raises `InvalidInput` when there is no room for an answer."""
        messages = [{**message, "content": self.without_marks(message["content"])} for message in params["messages"]]
        # The newer instruct models never think aloud; of those that can, it is not wanted.
        text = self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        prompt = self.tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
        room = self.model.config.max_position_embeddings - params["maxNewTokens"]
        if prompt.shape[1] > room:
            raise InvalidInput(f"The messages are {prompt.shape[1]} tokens; {max(room, 0)} leave room for the answer.")
        return prompt

    def without_marks(self, text: str) -> str:
        """`text` in which nothing is a mark of the template, such as `<|im_end|>`: it would end the message."""
        marks = sorted(self.tokenizer.get_added_vocab(), key=len, reverse=True)
        # Apart, and not away: what is left and right of a mark could be one together.
        return re.sub("|".join(map(re.escape, marks)), lambda mark: " ".join(mark[0]), text)

    def generation_config(self, tokens_max: int) -> GenerationConfig:
        end = self.tokenizer.eos_token_id
        # One that may stop early on purpose: the grammar forces the end as soon as the JSON is whole.
        return GenerationConfig(
            max_new_tokens=tokens_max, num_beams=1, use_cache=True, eos_token_id=end, pad_token_id=end, **SAMPLING
        )

    def read_answer(self, answer: list[int], tokens_max: int) -> Any:
        if answer[-1] != self.tokenizer.eos_token_id:
            raise InvalidInput(f"The answer is longer than {tokens_max} tokens.")
        return json.loads(self.tokenizer.decode(answer[:-1], skip_special_tokens=False))


class TokensReported(StoppingCriteria):
    """Never stops: reports each token, and raises `Canceled`."""

    def __init__(self, job: Job, prompt_tokens: int, tokens_max: int) -> None:
        self._job, self._prompt_tokens, self._tokens_max = job, prompt_tokens, tokens_max

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs: Any) -> torch.BoolTensor:
        made = input_ids.shape[1] - self._prompt_tokens
        # How long the answer gets is not known: the bar may end early.
        self._job.progress("generate", made, self._tokens_max, 0.95 * made / self._tokens_max)
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def read_params(job: Job) -> PlanParams:
    """Raises `InvalidInput` with everything that is wrong with the parameters."""
    params = dict(job.params)
    wrong = list(problems(params, PlanParams))
    if wrong:
        raise InvalidInput("; ".join(wrong))
    return PlanParams(**params)
