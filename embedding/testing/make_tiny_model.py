"""Writes the model of the tests: `python3 embedding/testing/make_tiny_model.py embedding/testing/tiny-model`.

Needs PyPI's `onnx` and `numpy`, which no test does: what it writes is committed. The graph looks up a vector for each
token and nothing else, so that words of one meaning here, and no others, have near vectors.
"""

import json
import string
import sys
from pathlib import Path

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

# The first of each is the direction, the others lie close to it.
MEANINGS = [
    ["car", "automobile", "vehicle"],
    ["dog", "puppy", "hound"],
    ["sea", "ocean", "waves"],
    ["night", "dusk", "evening"],
    ["music", "song", "melody"],
    ["house", "home", "cottage"],
    ["forest", "trees", "woods"],
    ["castle", "fortress", "palace"],
]
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHARACTERS = list(string.ascii_lowercase + string.digits)
# The meanings have half of the dimensions to themselves, the pieces of all other words the other half.
DIMENSIONS = 64
TOKENS_MAX = 64


def main(folder: Path) -> None:
    random = numpy.random.default_rng(1)
    directions = numpy.eye(DIMENSIONS)[: len(MEANINGS)]
    vectors: dict[str, numpy.ndarray] = {}
    # Marks add nothing to a mean but the little that keeps a text of nothing else from having no direction.
    for mark in MARKS:
        vectors[mark] = 0.01 * numpy.eye(DIMENSIONS)[-1]
    # Smaller than those of words, as of words that say little.
    for piece in [*CHARACTERS, *(f"##{character}" for character in CHARACTERS)]:
        direction = unit(random.normal(size=DIMENSIONS // 2))
        vectors[piece] = numpy.concatenate([numpy.zeros(DIMENSIONS // 2), 0.3 * direction])
    for direction, words in zip(directions, MEANINGS, strict=True):
        for place, word in enumerate(words):
            vectors[word] = unit(direction + (0.05 * unit(random.normal(size=DIMENSIONS)) if place else 0))
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    write_model(folder / "onnx" / "model_quantized.onnx", numpy.array(list(vectors.values())))
    write_json(
        folder / "config.json", {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": DIMENSIONS}
    )
    write_json(folder / "tokenizer.json", tokenizer({token: number for number, token in enumerate(vectors)}))
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "BertTokenizer", "model_max_length": TOKENS_MAX, "do_lower_case": True}
        | {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        | {"mask_token": "[MASK]"},
    )


def unit(vector: numpy.ndarray) -> numpy.ndarray:
    return vector / numpy.linalg.norm(vector)


def write_model(path: Path, table: numpy.ndarray) -> None:
    """8 bit integers and a scale, as the quantised weights of large models are."""
    scale = numpy.abs(table).max() / 127
    whole = numpy.round(table / scale).astype(numpy.int8)
    tokens = ["batch", "tokens"]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["found"]),
            helper.make_node("DequantizeLinear", ["found", "scale"], ["last_hidden_state"]),
        ],
        "tiny-model",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*tokens, DIMENSIONS])],
        [numpy_helper.from_array(whole, "table"), numpy_helper.from_array(numpy.float32(scale), "scale")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, path)


def tokenizer(vocabulary: dict[str, int]) -> dict:
    marks = [
        {"id": vocabulary[mark], "content": mark, "special": True}
        | {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for mark in MARKS
    ]

    def piece(kind: str, name: str, number: int) -> dict:
        return {kind: {"id": name, "type_id": number}}

    single = [piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0), piece("SpecialToken", "[SEP]", 0)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": marks,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
        | {"strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": [*single, piece("Sequence", "B", 1), piece("SpecialToken", "[SEP]", 1)],
            "special_tokens": {
                mark: {"id": mark, "ids": [vocabulary[mark]], "tokens": [mark]} for mark in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##"}
        | {"max_input_chars_per_word": 100, "vocab": vocabulary},
    }


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


main(Path(sys.argv[1]))
