import math
import random
from collections.abc import Sequence

from word_matching import match_words


def test_a_match_is_never_used_twice_and_keeps_the_order() -> None:
    luck = random.Random(7)
    for _ in range(200):
        words = luck.choices(["a", "b", "la", "lala", "?"], k=luck.randint(0, 20))
        heard = luck.choices(["a", "b", "la", "lala", "c", "!"], k=luck.randint(0, 20))
        used = [match.heard for match in match_words(words, heard) if match]
        assert used == sorted(set(used))
        for word, match in zip(words, match_words(words, heard), strict=True):
            assert match is None or match.likeness >= 0.5
            assert match is None or word not in ("?", "!")


def test_words_that_follow_one_another_are_heard_so() -> None:
    matches = match_words(["the", "night"], ["the", "uh", "uh", "the", "night", "the"])
    assert [match and match.heard for match in matches] == [3, 4]


def test_matching_finds_the_most_that_can_match() -> None:
    luck = random.Random(8)
    for _ in range(100):
        words = luck.choices("abcd", k=luck.randint(1, 9))
        heard = luck.choices("abcd", k=luck.randint(1, 9))
        # A run is worth as much as a word, so a match may be given up for it; alone they can't be beaten.
        found = sum(1 for match in match_words(words, heard) if match)
        assert found >= math.ceil(longest_common(words, heard) / 2)
    assert all(match_words(["the", "night", "is", "young"], ["uh", "the", "knight", "is", "Young!"]))


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            best[i + 1][j + 1] = best[i][j] + 1 if x == y else max(best[i][j + 1], best[i + 1][j])
    return best[-1][-1]
