"""Words are placed by prepared lists of what was heard: no model listens here."""

import math
import random
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from fit_in_order import PlacedWord
from hearing import FoundWord, HeardWord
from lyric_alignment import Alignment, Stretch, align_transcript, stretches
from transcript import Transcript, parse_transcript

SONG = """[Intro]
[Verse 1]
Boots on the porch and a laptop glow,
I mint an API key before the roosters crow.
[Chorus]
Send it on down the line, send it on down,
every little byte is homeward bound.
[Verse 2]
Coffee gone cold but the tests run green,
prettiest build that I've ever seen.
[Chorus]
Send it on down the line, send it on down,
every little byte is homeward bound.
"""


def song() -> Transcript:
    return parse_transcript(SONG, "en")


def sung(transcript: Transcript) -> list[HeardWord]:
    """Half a second a word, two seconds between lines, from second 5 on."""
    return [
        HeardWord(word.text, 5 + index * 0.5 + word.line * 2, 5.4 + index * 0.5 + word.line * 2, 0.9)
        for index, word in enumerate(transcript.words)
    ]


def length(heard: Sequence[HeardWord]) -> float:
    return heard[-1].end + 6


def nothing_found(_: Stretch) -> None:
    return None


def expect_in_order(words: Sequence[PlacedWord], count: int, seconds: float) -> None:
    assert len(words) == count
    time = 0.0
    for word in words:
        assert time - 1e-9 <= word.start < word.end <= seconds + 1e-9
        assert 0 <= word.confidence <= 1
        time = word.end


def always(seconds: float) -> np.ndarray:
    """Sound all through."""
    return np.ones(math.ceil(seconds * 100), bool)


def align(transcript: Transcript, heard: Sequence[HeardWord], seconds: float) -> Alignment:
    return align_transcript(transcript, heard, seconds, always(seconds), nothing_found)


def test_what_was_heard_as_it_is_written_is_where_it_was_heard() -> None:
    heard = sung(song())
    words = align(song(), heard, length(heard)).words
    assert [(word.start, word.end) for word in words] == [(word.start, word.end) for word in heard]
    assert min(word.confidence for word in words) > 0.9
    assert {word.how for word in words} == {"heard"}


def test_words_that_were_misheard_lie_between_their_neighbours_and_are_marked() -> None:
    truth = sung(song())
    heard = [*truth[:3], *truth[6:]]
    words = align(song(), heard, length(heard)).words
    for index in (3, 4, 5):
        assert truth[2].end <= words[index].start < words[index].end <= truth[6].start
        assert abs(words[index].start - truth[index].start) < 0.5
        assert (words[index].how, words[index].confidence < 0.3) == ("guessed", True)
    assert words[6].start == truth[6].start


def test_a_chorus_that_was_missed_is_not_confused_with_the_one_that_was_heard() -> None:
    transcript, truth = song(), sung(song())
    second = transcript.lines[6]
    heard = [word for index, word in enumerate(truth) if index < second.first_word]
    words = align(transcript, heard, length(truth)).words
    first = transcript.lines[2]
    assert [word.how for word in words[first.first_word : first.end_word]] == ["heard"] * 10
    assert {word.how for word in words[second.first_word :]} == {"guessed"}


def test_lines_that_nobody_sang_are_guessed_and_the_rest_stays_put() -> None:
    transcript, truth = song(), sung(song())
    skipped = transcript.lines[4]
    heard = [w for index, w in enumerate(truth) if not skipped.first_word <= index < skipped.end_word]
    words = align(transcript, heard, length(truth)).words
    expect_in_order(words, len(truth), length(truth))
    after = transcript.lines[5].first_word
    assert words[after].start == truth[after].start


def test_another_text_is_not_claimed_to_match() -> None:
    other = "\n".join(["The committee met on the third of May to discuss the drainage of it"] * 4)
    transcript = parse_transcript(other, "en")
    heard = sung(song())
    words = align(transcript, heard, length(heard)).words
    trusted = sum(word.confidence >= 0.3 for word in words) / len(words)
    assert trusted < 0.2


def test_what_the_aligner_finds_is_taken_where_the_model_believes_it() -> None:
    transcript, truth = song(), sung(song())
    heard = [*truth[:8], *truth[12:]]
    sure = {8: 0.9, 9: 0.8, 10: 0.01, 11: 0.7}

    def find(stretch: Stretch) -> list[FoundWord]:
        return [
            FoundWord(truth[index].start + 0.1, truth[index].end, sure.get(index, 0.9))
            for index in range(stretch.first, stretch.end)
        ]

    alignment = align_transcript(transcript, heard, length(truth), always(length(truth)), find)
    assert [word.how for word in alignment.words[8:12]] == ["aligned"] * 4
    assert [word.confidence for word in alignment.words[8:12]] == [0.9, 0.8, 0.01, 0.7]
    assert alignment.words[8].start == pytest.approx(truth[8].start + 0.1)
    assert alignment.words[9].start <= alignment.words[10].start <= alignment.words[11].start
    # Heard and found are a tenth of a second apart.
    assert alignment.drift_seconds == pytest.approx(0.1)


def test_what_the_aligner_finds_is_dropped_where_the_model_would_say_something_else() -> None:
    transcript, truth = song(), sung(song())
    unheard = range(transcript.lines[1].first_word, transcript.lines[3].end_word)
    heard = [word for index, word in enumerate(truth) if index not in unheard]

    def find(probability: float, stretch: Stretch) -> list[FoundWord]:
        words = range(stretch.first, stretch.end)
        return [FoundWord(truth[i].start, truth[i].end, probability if i % 4 else 0.9) for i in words]

    def origins(probability: float) -> set[str]:
        seconds = length(truth)
        ask = partial(find, probability)
        words = align_transcript(transcript, heard, seconds, always(seconds), ask).words
        return {words[index].how for index in unheard}

    assert origins(0.01) == {"guessed"}
    assert origins(0.4) == {"aligned"}


def test_the_aligner_gets_whole_lines_with_room_for_what_was_not_heard() -> None:
    transcript, truth = song(), sung(song())
    heard = [*truth[:8], *truth[12:]]
    anchors = [PlacedWord(w.start, w.end, 0.9, "heard") if w in heard else None for w in truth]
    asked = list(stretches(transcript, anchors, length(truth)))
    starts = {line.first_word for line in transcript.lines}
    ends = {line.end_word for line in transcript.lines}
    for stretch in asked:
        assert (stretch.first in starts, stretch.end in ends) == (True, True)
        assert stretch.end_seconds - stretch.start_seconds <= 28
        for index in range(stretch.first, stretch.end):
            assert stretch.start_seconds <= truth[index].start < truth[index].end <= stretch.end_seconds + 1e-9
    assert [index for stretch in asked for index in range(stretch.first, stretch.end)] == list(range(len(truth)))


def test_lines_are_not_looked_for_in_minutes_of_music() -> None:
    transcript = parse_transcript("one two three\nfour five six\nseven eight nine", "en")
    anchors = [None, None, None, None, None, None, *[PlacedWord(100 + i, 100.5 + i, 0.9, "heard") for i in range(3)]]
    assert [stretch.first for stretch in stretches(transcript, anchors, 110)] == [6]


def test_nothing_heard_still_places_every_word() -> None:
    for seconds in (0.5, 30, 600):
        words = align(song(), [], seconds).words
        expect_in_order(words, len(song().words), seconds)
        assert {word.how for word in words} == {"guessed"}


@pytest.mark.parametrize("seed", range(150))
def test_whatever_is_heard_every_word_is_placed_once_in_order_and_inside(seed: int) -> None:
    luck = random.Random(seed)
    vocabulary = ["la", "love", "night", "the", "a", "I'm", "Größe", "don't", "seven", "7", "—x", "homeward"]
    lines = [" ".join(luck.choices(vocabulary, k=luck.randint(1, 9))) for _ in range(luck.randint(1, 14))]
    for place in range(0, len(lines), luck.randint(1, 5)):
        lines[place] = f"[Part]\n{lines[place]}"
    transcript = parse_transcript("\n".join(lines), "en")
    seconds = luck.choice([0.8, 5, 40, 200]) * luck.uniform(0.9, 1.1)
    heard = perturbed(transcript, seconds, luck)

    def find(stretch: Stretch) -> list[FoundWord] | None:
        assert 0 <= stretch.start_seconds <= stretch.end_seconds <= seconds
        if luck.random() < 0.3:
            return None
        count = stretch.end - stretch.first
        starts = [luck.uniform(stretch.start_seconds - 1, stretch.end_seconds + 1) for _ in range(count)]
        if luck.random() < 0.7:
            starts.sort()
        return [FoundWord(s, s + luck.uniform(-0.1, 2), luck.random()) for s in starts]

    active = np.random.default_rng(seed).random(math.ceil(seconds * 100)) < luck.choice([0, 0.5, 1])
    alignment = align_transcript(transcript, heard, seconds, active, find)
    expect_in_order(alignment.words, len(transcript.words), seconds)
    assert alignment.drift_seconds is None or alignment.drift_seconds >= 0
    if active.all():
        for word in alignment.words:
            if word.how == "heard":
                # Moved by no more than what the words before it need to last a little.
                nearest = min(abs(word.start - other.start) for other in heard)
                assert nearest <= 0.02 * len(transcript.words) + 1e-9


def perturbed(transcript: Transcript, seconds: float, luck: random.Random) -> list[HeardWord]:
    """What a bad listener makes of the words: some lost, some invented, some misheard, some at impossible times."""
    heard: list[HeardWord] = []
    slot = seconds / max(1, len(transcript.words))
    loss, noise = luck.random(), luck.random() * 0.5
    for index, word in enumerate(transcript.words):
        start = index * slot
        if luck.random() < noise:
            heard.append(
                HeardWord(luck.choice(["the", "uh", "thanks", "love"]), start, start + slot / 2, luck.random())
            )
        if luck.random() < loss:
            continue
        text = word.text if luck.random() > noise else word.text[::-1]
        if luck.random() < noise:
            start += luck.gauss(0, 5)
        heard.append(HeardWord(text, start, start + luck.uniform(-0.2, 1.5) * slot, luck.random()))
    if luck.random() < 0.2:
        luck.shuffle(heard)
    return heard
