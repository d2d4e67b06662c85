"""A Whisper of random weights in CTranslate2's format, made on the spot; for tests."""

import json
import tempfile
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizerFast
from transformers.models.whisper.tokenization_whisper import LANGUAGES


def make_tiny_whisper(folder: Path, multilingual: bool = False) -> None:
    """Makes `folder`. One token a byte; it speaks noise."""
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    with tempfile.TemporaryDirectory() as original:
        _model(tokenizer).save_pretrained(original)
        WhisperTokenizerFast(tokenizer_object=tokenizer).save_pretrained(original)
        WhisperFeatureExtractor(feature_size=80).save_pretrained(original)
        files = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(original, copy_files=files).convert(str(folder), quantization="float16")
    if multilingual:
        _make_multilingual(folder, tokenizer)


def _make_multilingual(folder: Path, tokenizer: Tokenizer) -> None:
    """CTranslate2 knows it by an empty token, which the vocabulary of many languages has and the English one hasn't."""
    vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    vocabulary[vocabulary.index("ł")] = ""
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["lang_ids"] = [tokenizer.token_to_id(f"<|{code}|>") for code in LANGUAGES]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _tokenizer() -> Tokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    specials += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    specials += ["<|notimestamps|>", *(f"<|{i * 0.02:.2f}|>" for i in range(1501))]
    tokenizer.add_special_tokens([AddedToken(special, special=True, normalized=False) for special in specials])
    return tokenizer


def _model(tokenizer: Tokenizer) -> WhisperForConditionalGeneration:
    end, start = tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|startoftranscript|>")
    config = WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(),
        num_mel_bins=80,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_source_positions=1500,
        max_target_positions=448,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    model = WhisperForConditionalGeneration(config).eval()
    _teach_to_speak(model, tokenizer)
    generation = model.generation_config
    # Without these heads CTranslate2 knows no times of words.
    generation.alignment_heads = [[1, 0], [1, 1]]
    generation.lang_to_id = {f"<|{code}|>": tokenizer.token_to_id(f"<|{code}|>") for code in LANGUAGES}
    generation.is_multilingual = True
    generation.suppress_tokens = []
    generation.begin_suppress_tokens = [end]
    generation.no_timestamps_token_id = tokenizer.token_to_id("<|notimestamps|>")
    return model


def _teach_to_speak(model: WhisperForConditionalGeneration, tokenizer: Tokenizer) -> None:
    """A dozen Latin letters and spaces, then the end. Left alone it says a time and no word, goes on from there, and so
    takes a hundred windows for a few seconds of sound."""
    decoder = model.model.decoder
    voice, ending = torch.linalg.qr(torch.randn(decoder.config.d_model, 2)).Q.T
    letters = [tokenizer.token_to_id(letter) for letter in "abcdefghijklmnopqrstuvwxyzĠĠ"]
    with torch.no_grad():
        # Every token's logit gets its embedding's part in this direction, ten times …
        decoder.layer_norm.bias += 10 * voice
        decoder.embed_tokens.weight[letters] += 0.3 * voice
        decoder.embed_tokens.weight[tokenizer.token_to_id("<|0.00|>") :] -= voice
        # … and in this one, less for the first words and more for the later ones.
        decoder.embed_positions.weight[:15] -= 3 * ending
        decoder.embed_positions.weight[15:] += 3 * ending
        decoder.embed_tokens.weight[tokenizer.token_to_id("<|endoftext|>")] += 2 * ending
