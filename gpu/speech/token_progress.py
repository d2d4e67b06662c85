"""Progress and cancel inside the library, which has no callbacks: by hooks on its modules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kt_protocol import Job
from kt_torch.measure import Measurements
from kt_torch.steps import canceled_inside

from speech_length import tokens_expected
from twelve_hertz import Qwen3TTSModel


@dataclass
class TokenCount:
    made: int = 0


@contextmanager
def tokens_reported(
    job: Job, voice: Qwen3TTSModel, text: str, tokens_max: int, measurements: Measurements
) -> Iterator[TokenCount]:
    """Around a call of the library, which has no callbacks: reports each token and raises `Canceled` between them, and
    inside the codec and the speaker encoder."""
    talker, codec = voice.model.talker, voice.model.speech_tokenizer.model
    count = TokenCount()
    expected = min(tokens_max, tokens_expected(text))

    def before_token(*_: Any) -> None:
        if count.made == 0:
            measurements.begin("speech")

    def after_token(*_: Any) -> None:
        count.made += 1
        job.progress("speech", count.made, tokens_max, 0.05 + 0.8 * min(1, count.made / expected))

    def before_decoding(*_: Any) -> None:
        measurements.begin("decode")
        job.progress("decode", 0, 1, 0.87)

    measurements.begin("voice")
    hooks = [
        talker.register_forward_pre_hook(before_token),
        talker.register_forward_hook(after_token),
        codec.decoder.register_forward_pre_hook(before_decoding),
    ]
    encoder = voice.model.speaker_encoder
    try:
        with canceled_inside(job, codec, *([encoder] if encoder is not None else [])):
            yield count
    finally:
        for hook in hooks:
            hook.remove()
