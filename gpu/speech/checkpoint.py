"""Loading a checkpoint of Qwen3-TTS from a folder."""

from pathlib import Path
from typing import Any

import torch
from kt_protocol import ModelBroken
from kt_torch.weights import load_whole
from transformers import AutoFeatureExtractor

from twelve_hertz import (
    Qwen3TTSForConditionalGeneration,
    Qwen3TTSModel,
    Qwen3TTSProcessor,
    Qwen3TTSTokenizer,
    Qwen3TTSTokenizerV2Model,
)


class _TalkerAlone(Qwen3TTSForConditionalGeneration):
    """The model without its codec: the library's `from_pretrained` loads both, and can't say what either lacks."""

    @classmethod
    def from_pretrained(cls, folder: str, **kwargs: Any) -> Any:
        return super(Qwen3TTSForConditionalGeneration, cls).from_pretrained(folder, **kwargs)


def load_checkpoint(folder: Path, kind: str, dtype: torch.dtype) -> Qwen3TTSModel:
    """A checkpoint in host memory: model, text tokenizer and 12 Hz codec, as the library's `from_pretrained` makes it.

    `kind` is what it calls itself, `voice_design` or `base`. Raises `ModelBroken` when it is another one or lacks
    tensors; what the libraries raise for damaged files is told apart by `kt_torch`.
    """
    codec_folder = folder / "speech_tokenizer"
    for config in (folder / "config.json", codec_folder / "config.json"):
        # Without one the library makes up a model.
        if not config.is_file():
            raise ModelBroken(f"{config.relative_to(folder.parent)} is missing.")
    model = load_whole(_TalkerAlone, folder, dtype=dtype, attn_implementation="sdpa")
    if model.tts_model_type != kind:
        raise ModelBroken(f"The files in {folder.name} are of a {model.tts_model_type} model, not of {kind}.")
    codec = Qwen3TTSTokenizer()
    codec.feature_extractor = AutoFeatureExtractor.from_pretrained(codec_folder, local_files_only=True)
    codec.model = load_whole(Qwen3TTSTokenizerV2Model, codec_folder, dtype=dtype, attn_implementation="sdpa")
    codec.config = codec.model.config
    model.load_speech_tokenizer(codec)
    # The flag corrects how these tokenizers split a text; the library sets it too.
    processor = Qwen3TTSProcessor.from_pretrained(folder, local_files_only=True, fix_mistral_regex=True)
    return Qwen3TTSModel(model, processor, {})
