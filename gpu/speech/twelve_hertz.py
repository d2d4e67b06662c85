"""The library qwen-tts, imported without the packages that only its 25 Hz codec uses.

It imports that codec at once, and with it torchaudio (which has to match torch), sox (which wants a program) and
onnxruntime. The models here speak through the 12 Hz codec: where a package is absent, an empty module stands in for it
while the library is imported.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

# Before anything asks for it: no file is ever fetched.
os.environ["HF_HUB_OFFLINE"] = "1"

PACKAGES_OF_25_HERTZ: Final = {
    "torchaudio": ("torchaudio", "torchaudio.compliance", "torchaudio.compliance.kaldi"),
    "sox": ("sox",),
    "onnxruntime": ("onnxruntime",),
}


@contextmanager
def standing_in() -> Iterator[None]:
    """While it is open, absent packages of the 25 Hz codec can be imported; they are empty."""
    absent = [package for package in PACKAGES_OF_25_HERTZ if importlib.util.find_spec(package) is None]
    names = [name for package in absent for name in PACKAGES_OF_25_HERTZ[package]]
    for name in names:
        sys.modules[name] = ModuleType(name)
        # transformers asks for the spec of a package that it sees.
        sys.modules[name].__spec__ = ModuleSpec(name, None)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


with standing_in():
    from qwen_tts import Qwen3TTSModel
    from qwen_tts.core import Qwen3TTSTokenizerV2Config, Qwen3TTSTokenizerV2Model
    from qwen_tts.core.models import Qwen3TTSConfig, Qwen3TTSForConditionalGeneration, Qwen3TTSProcessor
    from qwen_tts.inference.qwen3_tts_tokenizer import Qwen3TTSTokenizer

__all__ = [
    "Qwen3TTSConfig",
    "Qwen3TTSForConditionalGeneration",
    "Qwen3TTSModel",
    "Qwen3TTSProcessor",
    "Qwen3TTSTokenizer",
    "Qwen3TTSTokenizerV2Config",
    "Qwen3TTSTokenizerV2Model",
]
