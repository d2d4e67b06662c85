"""The settings that the runner names: the library takes what it doesn't know without a word, in a `**kwargs`."""

import inspect

from qwen3_tts import SAMPLING
from twelve_hertz import Qwen3TTSForConditionalGeneration, Qwen3TTSModel


def test_the_settings_are_those_that_the_library_knows() -> None:
    merged = inspect.signature(Qwen3TTSModel._merge_generate_kwargs).parameters
    assert merged.keys() - {"self", "kwargs"} == {*SAMPLING, "max_new_tokens"}
    assert SAMPLING.keys() <= inspect.signature(Qwen3TTSForConditionalGeneration.generate).parameters.keys()
