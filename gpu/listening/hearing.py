"""What Whisper hears: words with their times, and how a known text lies in a piece of sound."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from transcript import UNSPACED, split_words
from whisper_models import ListeningModel

SAMPLE_RATE: Final = 16_000
# Whisper takes in 30 s at once.
WINDOW_SECONDS: Final = 30.0
# Of the 448 tokens of its decoder some are taken by the prompt.
TEXT_TOKENS_MAX: Final = 400


@dataclass(frozen=True)
class HeardWord:
    """Seconds from the start of the recording; `probability` is the mean of its tokens'."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class HeardLine:
    """What Whisper says in one breath."""

    text: str
    words: tuple[HeardWord, ...]


@dataclass(frozen=True)
class FoundWord:
    """Where a word of a known text begins and ends, in seconds; `probability` is that of the model saying it there."""

    start: float
    end: float
    probability: float


def spoken_language(model: ListeningModel, language: str) -> str | None:
    """What to tell the model: None where it has to find out by itself."""
    if not model.model.is_multilingual:
        return "en"
    return language if language in model.supported_languages else None


def listen(model: ListeningModel, sound: np.ndarray, language: str) -> tuple[Iterator[HeardLine], str]:
    """Lines one after another, and the language that was heard: `language` unless the model doesn't know it. `sound` is
    mono at 16 kHz. Nothing is known of what will be heard: a transcript is checked by it."""
    segments, info = model.transcribe(
        sound,
        language=spoken_language(model, language),
        task="transcribe",
        beam_size=5,
        best_of=5,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=0,
        temperature=[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        compression_ratio_threshold=2.4,
        log_prob_threshold=-1.0,
        no_speech_threshold=0.6,
        # A window that went wrong must not spoil the next.
        condition_on_previous_text=False,
        initial_prompt=None,
        prefix=None,
        suppress_blank=True,
        suppress_tokens=[-1],
        without_timestamps=False,
        max_initial_timestamp=1.0,
        word_timestamps=True,
        multilingual=False,
        # Made for speech, it takes singing for music and cuts it out.
        vad_filter=False,
        max_new_tokens=None,
        chunk_length=None,
        clip_timestamps="0",
        hallucination_silence_threshold=2.0,
        hotwords=None,
    )
    return (_line_of(segment, info.language) for segment in segments), info.language


def _line_of(segment: object, language: str) -> HeardLine:
    words = [HeardWord(w.word.strip(), float(w.start), float(w.end), float(w.probability)) for w in segment.words or ()]
    return HeardLine(segment.text.strip(), tuple(part for word in words for part in _parts(word, language)))


def _parts(word: HeardWord, language: str) -> Iterator[HeardWord]:
    """As a transcript is split; the parts of one word share its time."""
    texts = split_words(word.text, language)
    seconds = (word.end - word.start) / max(1, len(texts))
    for place, text in enumerate(texts):
        start = word.start + place * seconds
        yield HeardWord(text, start, start + seconds, word.probability)


def find_words(
    model: ListeningModel, sound: np.ndarray, words: Sequence[str], start: float, end: float, language: str
) -> list[FoundWord] | None:
    """Forced alignment: where `words`, and nothing else, are said between `start` and `end` (seconds, at most 30
    apart). None when they are too many. By the decoder's attention and dynamic time warping (openai/whisper,
    timing.py)."""
    multilingual = model.model.is_multilingual
    tokenizer = Tokenizer(model.hf_tokenizer, multilingual, task="transcribe", language=language)
    space = "" if language in UNSPACED else " "
    tokens = [tokenizer.encode(space + word) for word in words]
    text = [token for of_word in tokens for token in of_word]
    piece = sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    if len(text) > TEXT_TOKENS_MAX or len(piece) < SAMPLE_RATE // 10:
        return None
    features = model.feature_extractor(piece)[..., :-1]
    encoded = model.encode(pad_or_trim(features))
    (result,) = model.model.align(
        encoded, tokenizer.sot_sequence, [text], min(3000, features.shape[-1]), median_filter_width=7
    )
    starts = _token_starts(result.alignments, len(text), end - start)
    edges = np.cumsum([0, *(len(of_word) for of_word in tokens)])
    logs = np.log(np.maximum(result.text_token_probs, 1e-9))
    return [
        FoundWord(start + starts[first], start + starts[last], float(np.exp(np.mean(logs[first:last]))))
        for first, last in itertools.pairwise(edges)
    ]


def _token_starts(alignments: Sequence[tuple[int, int]], tokens: int, seconds: float) -> list[float]:
    """The second at which each token begins, and at which the last one ends, rising. A frame has 20 ms."""
    starts = [seconds] * (tokens + 1)
    for token, frame in reversed(alignments):
        if token <= tokens:
            starts[token] = min(seconds, frame * 0.02)
    return starts
