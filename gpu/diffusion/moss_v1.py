"""MOSS-SoundEffect v1: a language model writes sound tokens, 12.5 a second, and a codec plays them.

Its code lies beside the weights; the codec (OpenMOSS-Team/MOSS-Audio-Tokenizer) lies in their folder `codec`, with its
own. Signatures: github.com/OpenMOSS/MOSS-TTS at 58b20a0, moss_tts_delay/; settings: its model card.
"""

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.dynamic_module_utils import get_class_from_dynamic_module
from transformers.utils import is_torchaudio_available
from transformers.utils import logging as transformers_logging

from kt_protocol import Job, RunnerError
from kt_torch.measure import Measurements
from kt_torch.plain_weights import make_weights_plain
from kt_torch.steps import canceled_inside
from kt_torch.weights import load_whole
from plain_text import plain_text

TOKENS_PER_SECOND: Final = 12.5
PROCESSOR: Final = "processing_moss_tts.MossTTSDelayProcessor"


class MossV1:
    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """Loads model and codec into host memory."""
        transformers_logging.disable_progress_bar()
        # The card calls cuDNN's attention broken for this model.
        torch.backends.cuda.enable_cudnn_sdp(False)
        code = {"trust_remote_code": True}
        with torchaudio_standing_in():
            self._model = load_whole(AutoModel, folder, **code, dtype=dtype, attn_implementation="sdpa").eval()
            self._codec = load_whole(AutoModel, folder / "codec", **code, dtype=torch.float32).eval()
            processor = get_class_from_dynamic_module(PROCESSOR, str(folder))
        make_weights_plain(self._codec)
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, **code)
        # Its own `from_pretrained` looks for the codec on the hub, and transformers 5.23 refuses what it hands on.
        self._processor = processor(tokenizer=tokenizer, audio_tokenizer=None, model_config=self._model.config)
        self._processor.audio_tokenizer = self._codec
        self.sample_rate = int(self._model.config.sampling_rate)

    def modules(self) -> Iterable[torch.nn.Module]:
        return [self._model, self._codec]

    def to(self, device: torch.device) -> None:
        for module in self.modules():
            module.to(device)

    def make(self, job: Job, duration_seconds: float, measurements: Measurements) -> tuple[np.ndarray, dict[str, Any]]:
        """Float32 sound, `[1, samples]`, as long as the model made it, and what there is to say of it."""
        params, tokens = job.params, math.ceil(duration_seconds * TOKENS_PER_SECOND)
        message = self._processor.build_user_message(ambient_sound=plain_text(params["prompt"]), tokens=tokens)
        batch = self._processor([[message]], mode="generation")
        device = self._model.device
        # The layers of tokens start one after another.
        steps = min(params["maxNewTokens"], tokens + self._model.config.n_vq)
        with measurements.stage("generate"), seeded(params["seed"], device), reporting_steps(self._model, job, steps):
            written = self._model.generate(
                input_ids=batch["input_ids"].to(device),
                attention_mask=batch["attention_mask"].to(device),
                max_new_tokens=params["maxNewTokens"],
                text_temperature=1.5,
                text_top_p=1.0,
                text_top_k=50,
                audio_temperature=1.5,
                audio_top_p=0.6,
                audio_top_k=params["topK"],
                audio_repetition_penalty=1.2,
            )
        job.progress("decode", 1, 1, 0.9)
        with measurements.stage("decode"), canceled_inside(job, self._codec), torch.inference_mode():
            [answer] = self._processor.decode([(start, self._first_sound(rows)) for start, rows in written])
        pieces = [] if answer is None else [piece.float().cpu().flatten() for piece in answer.audio_codes_list]
        if not sum(piece.numel() for piece in pieces):
            raise RunnerError("The model ended without a sound. Another seed or more tokens may help.")
        sound = torch.cat(pieces).numpy()[None]
        return sound, {"variant": "v1", "generatedSeconds": round(sound.shape[-1] / self.sample_rate, 3)}

    def _first_sound(self, rows: torch.Tensor) -> torch.Tensor:
        """`rows` up to the first end of a sound: the processor fails when the model began another one."""
        ends = (rows[:, 0] == self._model.config.audio_end_token_id).nonzero()
        return rows[: int(ends[0]) + 1] if len(ends) else rows


@contextmanager
def reporting_steps(model: torch.nn.Module, job: Job, steps: int) -> Iterator[None]:
    """Inside, the bar that the model's code draws reports to the job instead, and hears its cancel."""
    code = sys.modules[type(model).__module__]
    bar = code.tqdm

    def report(numbers: Iterable[int], *_: Any, **__: Any) -> Iterator[int]:
        for number in numbers:
            step = min(number + 1, steps)
            job.progress("generate", step, steps, 0.02 + 0.88 * step / steps)
            yield number

    code.tqdm = report
    try:
        yield
    finally:
        code.tqdm = bar


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Inside, torch's own random numbers, which the model draws from, begin at `seed`."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@contextmanager
def torchaudio_standing_in() -> Iterator[None]:
    """Inside, torchaudio can be imported where it is absent. The processor imports it to read reference recordings, of
    which an effect has none, and a torchaudio that doesn't match torch breaks every import of a model."""
    # transformers looks once and remembers: it must see that there is none.
    if is_torchaudio_available() or find_spec("torchaudio") is not None:
        yield
        return
    sys.modules["torchaudio"] = ModuleType("torchaudio")
    sys.modules["torchaudio"].__spec__ = ModuleSpec("torchaudio", None)
    try:
        yield
    finally:
        del sys.modules["torchaudio"]
