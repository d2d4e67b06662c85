import numpy as np
import pytest

from pauses import cut_at_pause, is_silent, without_silent_ends

RATE = 24_000


def tone(seconds: float, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    noise = np.random.default_rng(1).uniform(-1e-4, 1e-4, round(seconds * RATE))
    return noise.astype(np.float32)


def test_silence_at_the_ends_is_taken_off_and_a_breath_is_left() -> None:
    kept = without_silent_ends(np.concatenate([silence(1), tone(2), silence(3)]), RATE)
    assert len(kept) / RATE == pytest.approx(2.3, abs=0.02)
    assert np.abs(kept[round(0.1 * RATE) : round(2.1 * RATE)]).max() == pytest.approx(0.3, abs=0.01)


def test_speech_that_ends_in_full_voice_is_faded() -> None:
    kept = without_silent_ends(tone(1) + 0.2, RATE)
    assert len(kept) == RATE
    assert kept[0] == kept[-1] == 0
    assert np.abs(np.diff(kept[:240])).max() < 0.02
    # The middle is as it was.
    assert np.array_equal(kept[480:-480], (tone(1) + 0.2)[480:-480])


def test_a_soft_end_belongs_to_the_speech() -> None:
    kept = without_silent_ends(np.concatenate([tone(1), tone(0.5, level=0.3 * 10 ** (-40 / 20)), silence(2)]), RATE)
    assert len(kept) / RATE == pytest.approx(1.7, abs=0.02)


@pytest.mark.parametrize("nothing", [np.zeros(RATE), silence(1), np.zeros(0)])
def test_silence_is_empty(nothing: np.ndarray) -> None:
    assert is_silent(nothing, RATE)
    assert without_silent_ends(nothing, RATE).size == 0


def test_a_cut_is_made_at_the_last_pause_that_is_allowed() -> None:
    words = np.concatenate([tone(1), silence(0.1), tone(1), silence(0.1), tone(1), silence(0.1), tone(1)])
    assert len(cut_at_pause(words, RATE, 1.5, 3.0)) / RATE == pytest.approx(2.2, abs=0.011)
    assert len(cut_at_pause(words, RATE, 0.5, 2.15)) / RATE == pytest.approx(2.15, abs=0.011)
    # Between words that run together, at the limit.
    assert len(cut_at_pause(words, RATE, 2.3, 2.8)) / RATE == pytest.approx(2.8, abs=0.001)
    # No pause is looked for beyond the end.
    assert len(cut_at_pause(words, RATE, 3.35, 9)) == len(words)
