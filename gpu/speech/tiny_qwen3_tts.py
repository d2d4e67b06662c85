"""Qwen3-TTS with tiny random weights, for the tests: the real classes, the real rates, some hundred kilobytes."""

import json
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import EncodecFeatureExtractor, Qwen2TokenizerFast

from twelve_hertz import (
    Qwen3TTSConfig,
    Qwen3TTSForConditionalGeneration,
    Qwen3TTSProcessor,
    Qwen3TTSTokenizerV2Config,
    Qwen3TTSTokenizerV2Model,
)

TEXT_SPECIALS: Final = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>"]
CODES: Final = 64
CODE_GROUPS: Final = 4
SPEAKER_ENCODER: Final[dict[str, Any]] = {
    "enc_dim": 32,
    "enc_channels": [16, 16, 16, 16, 48],
    "enc_attention_channels": 8,
    "enc_res2net_scale": 2,
    "enc_se_channels": 8,
}
TRANSFORMER: Final[dict[str, Any]] = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
}


def make_model_folder(folder: Path) -> Path:
    """Both checkpoints, as the runner wants them."""
    make_checkpoint(folder / "voice-design", "voice_design")
    make_checkpoint(folder / "base", "base")
    return folder


def make_checkpoint(folder: Path, kind: str) -> None:
    torch.manual_seed(0)
    folder.mkdir(parents=True)
    tokenizer = make_text_tokenizer(folder)
    make_model(kind, len(tokenizer)).save_pretrained(folder)
    # The library can't read back what it saves: its speaker encoder's config takes its own keys only.
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["speaker_encoder_config"] = SPEAKER_ENCODER
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    Qwen3TTSProcessor(tokenizer=tokenizer).save_pretrained(folder)
    # The published folders have only vocab.json and merges.txt.
    (folder / "tokenizer.json").unlink()
    make_codec(folder / "speech_tokenizer")


def make_model(kind: str, text_vocabulary: int) -> Qwen3TTSForConditionalGeneration:
    """The described voice never ends by itself, the cloned one after a dozen tokens."""
    model = Qwen3TTSForConditionalGeneration(make_config(kind, text_vocabulary))
    # As the library makes them, the weights are so small that the codes hardly depend on the text.
    enlarge(model)
    with torch.no_grad():
        head = model.talker.codec_head.weight
        torch.nn.init.normal_(head, std=4 / head.shape[1] ** 0.5)
        head[CODES] *= {"voice_design": 0, "base": 1.7}[kind]
    return model


def enlarge(module: torch.nn.Module, gain: float = 0.9) -> None:
    for weights in module.parameters():
        if weights.dim() > 1:
            torch.nn.init.xavier_normal_(weights, gain=gain)


def make_text_tokenizer(folder: Path) -> Qwen2TokenizerFast:
    """A token for each byte."""
    words = [*TEXT_SPECIALS, *sorted(ByteLevel.alphabet()), "Ġt"]
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    vocabulary.write_text(json.dumps({word: place for place, word in enumerate(words)}), encoding="utf-8")
    merges.write_text("#version: 0.2\nĠ t\n", encoding="utf-8")
    tokenizer = Qwen2TokenizerFast(vocab_file=str(vocabulary), merges_file=str(merges))
    tokenizer.add_special_tokens({"additional_special_tokens": TEXT_SPECIALS})
    return tokenizer


def make_config(kind: str, text_vocabulary: int) -> Qwen3TTSConfig:
    small = {**TRANSFORMER, "num_hidden_layers": 2, "max_position_embeddings": 4096}
    talker = {
        **small,
        # The last 1024 ids but the end's are never spoken: the special ones are among them.
        "vocab_size": CODES + 1024,
        "num_code_groups": CODE_GROUPS,
        "text_hidden_size": 32,
        "text_vocab_size": text_vocabulary,
        "rope_scaling": {"rope_type": "default", "mrope_section": [4, 2, 2], "interleaved": True},
        "codec_eos_token_id": CODES,
        "codec_think_id": CODES + 1,
        "codec_nothink_id": CODES + 2,
        "codec_think_bos_id": CODES + 3,
        "codec_think_eos_id": CODES + 4,
        "codec_pad_id": CODES + 5,
        "codec_bos_id": CODES + 6,
        "codec_language_id": {"english": CODES + 7},
        "spk_id": {},
        "spk_is_dialect": {},
        "code_predictor_config": {**small, "vocab_size": CODES, "num_code_groups": CODE_GROUPS},
    }
    return Qwen3TTSConfig(
        talker_config=talker,
        speaker_encoder_config=SPEAKER_ENCODER,
        tokenizer_type="qwen3_tts_tokenizer_12hz",
        tts_model_size="tiny",
        tts_model_type=kind,
        im_start_token_id=1,
        im_end_token_id=2,
        tts_pad_token_id=3,
        tts_bos_token_id=4,
        tts_eos_token_id=5,
    )


def make_codec(folder: Path) -> None:
    """24 kHz, 1920 samples a code, as the real one."""
    encoder = {
        **TRANSFORMER,
        "num_filters": 4,
        "num_hidden_layers": 1,
        "codebook_size": CODES,
        "codebook_dim": 16,
        "vector_quantization_hidden_dimension": 16,
        "num_quantizers": CODE_GROUPS,
        "num_semantic_quantizers": 1,
        "upsampling_ratios": [8, 6, 5, 4],
        "use_causal_conv": True,
        "upsample_groups": 32,
        "frame_rate": 12.5,
        "sampling_rate": 24000,
    }
    decoder = {
        **TRANSFORMER,
        "num_hidden_layers": 1,
        "codebook_size": CODES,
        "codebook_dim": 16,
        "num_quantizers": CODE_GROUPS,
        "latent_dim": 32,
        "decoder_dim": 32,
    }
    config = Qwen3TTSTokenizerV2Config(
        encoder_config=encoder, decoder_config=decoder, encoder_valid_num_quantizers=CODE_GROUPS
    )
    codec = Qwen3TTSTokenizerV2Model(config)
    # As the library makes them, the weights are so small that nothing would be heard.
    enlarge(codec.decoder)
    codec.save_pretrained(folder)
    EncodecFeatureExtractor(feature_size=1, sampling_rate=24000).save_pretrained(folder)
