import numpy as np
import pytest

from fit_in_order import PlacedWord, WordText, fill_gaps, keep_rising, separate
from fit_to_sound import fit_to_sound


def test_rising_places_are_kept_and_the_odd_one_goes() -> None:
    places = [PlacedWord(start, start + 0.5, 1, "heard") for start in (1, 2, 90, 3, 4)]
    kept = keep_rising([*places, None], 100)
    assert [place and place.start for place in kept] == [1, 2, None, 3, 4, None]


def test_words_without_a_place_stay_with_their_line() -> None:
    texts = [WordText(4, 0), WordText(4, 0), WordText(4, 1), WordText(4, 1)]
    places = [PlacedWord(1, 1.5, 1, "heard"), None, None, PlacedWord(20, 20.5, 1, "heard")]
    filled = fill_gaps(places, texts, 30)
    assert filled[1].start == pytest.approx(1.5)
    assert filled[2].end == pytest.approx(20)


def test_words_lose_silence_and_begin_with_the_sound_after_a_pause() -> None:
    active = np.zeros(1000, bool)
    active[100:150] = active[300:390] = active[700:800] = True
    word = [
        PlacedWord(0.5, 1.8, 1, "heard"),
        PlacedWord(3.3, 3.9, 1, "heard"),
        None,
        PlacedWord(7.9, 8.5, 1, "aligned"),
    ]
    fitted = fit_to_sound(word, active)
    # Silence cut off; begun 0.3 s earlier with its sound; 0.9 s would be too much, so only the silence after it goes.
    assert [place and (place.start, place.end) for place in fitted] == [(1, 1.5), (3, 3.9), None, (7.9, 8)]
    assert fit_to_sound(word, np.ones(1000, bool)) == word
    assert fit_to_sound(word, np.zeros(1000, bool)) == word


def test_too_many_words_for_the_time_still_follow_one_another() -> None:
    crowd = [PlacedWord(0.5, 0.5, 1, "heard")] * 100
    time = 0.0
    for word in separate(crowd, 1.0):
        assert time - 1e-9 <= word.start < word.end <= 1 + 1e-9
        time = word.end
