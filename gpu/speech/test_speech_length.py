import pytest

from speech_length import TOKENS_PER_SECOND, tokens_enough, tokens_expected


def test_the_usual_pace_is_fifteen_characters_a_second() -> None:
    assert tokens_expected("x" * 150) / TOKENS_PER_SECOND == 10
    assert tokens_expected("") == 1


@pytest.mark.parametrize("characters", [40, 150, 600])
def test_a_slow_voice_has_room_and_a_runaway_is_stopped(characters: int) -> None:
    text = ("slow words, and so on. " * 30)[:characters]
    assert tokens_enough(text) > 2 * tokens_expected(text)
    assert tokens_enough(text) < 2.5 * tokens_expected(text) + 100


def test_digits_and_signs_are_words_but_marks_are_not() -> None:
    letters = tokens_enough("a" * 40)
    assert tokens_enough("7" * 40) > 40 * 0.5 * TOKENS_PER_SECOND
    assert tokens_enough("%" * 40) == tokens_enough("7" * 40) > letters
    assert tokens_enough("\N{EM DASH}" * 20 + "(“a,” b…)" + "a" * 11) == letters
