"""Which word of a transcript is which word that was heard, by their spelling and their order alone."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

# Words that share less than this of their letter pairs are different words.
_ALIKE_MIN: Final = 0.5
# For a pair that follows a pair: a run of words beats stray ones, and a whole line beats the same words scattered.
_RUN_BONUS: Final = 0.5

Row = np.ndarray


@dataclass(frozen=True)
class Match:
    """`heard` is a place in the list of heard words; `likeness` of the spelling is 0.5..1."""

    heard: int
    likeness: float


def match_words(words: Sequence[str], heard: Sequence[str]) -> list[Match | None]:
    """One entry for each of `words`; None where it was not heard. Matches are in order, and none is used twice.

    A weighted longest common subsequence with a bonus for runs. Takes len(words) * len(heard) * 3 bits.
    """
    matches: list[Match | None] = [None] * len(words)
    if not words or not heard:
        return matches
    spelling, places, likeness = _likenesses(words, heard)
    weights = np.array([_weight(word) for word in words], np.float32)
    moves = _fill(len(words), len(heard), lambda word: likeness[spelling[word]][places] * weights[word])
    word, column, in_run = len(words) - 1, len(heard) - 1, False
    while word >= 0 and column >= 0:
        above, left, run = (_bit(plane, column) for plane in moves[word])
        if not in_run and above:
            word -= 1
        elif not in_run and left:
            column -= 1
        else:
            matches[word] = Match(column, float(likeness[spelling[word], places[column]]))
            word, column, in_run = word - 1, column - 1, run
    return matches


def _fill(rows: int, columns: int, worth_of: Callable[[int], Row]) -> list[tuple[Row, Row, Row]]:
    """For each cell, as packed bits: the best is that of the cell above; of the one to the left; a pair here goes on
    with the pair before it. `worth_of(row)` answers what a pair is worth in each column, 0 for none."""
    moves: list[tuple[Row, Row, Row]] = []
    best = np.zeros(columns + 1, np.float32)
    paired = np.full(columns + 1, -np.inf, np.float32)
    for row in range(rows):
        worth = worth_of(row)
        run = paired[:-1] + np.float32(_RUN_BONUS) > best[:-1]
        before = np.where(run, paired[:-1] + np.float32(_RUN_BONUS), best[:-1])
        paired_now = np.full(columns + 1, -np.inf, np.float32)
        paired_now[1:] = np.where(worth > 0, worth + before, -np.inf)
        best_now = np.maximum.accumulate(np.maximum(best, paired_now))
        planes = (best_now[1:] == best[1:], best_now[1:] == best_now[:-1], run)
        moves.append(tuple(np.packbits(plane) for plane in planes))
        best, paired = best_now, paired_now
    return moves


def _bit(plane: Row, column: int) -> bool:
    return bool(plane[column >> 3] >> (7 - (column & 7)) & 1)


def _likenesses(words: Sequence[str], heard: Sequence[str]) -> tuple[Row, Row, np.ndarray]:
    """The spelling's number of each word and of each heard word, and the likeness of any two spellings: Dice's
    coefficient of their letter pairs, 0 where it is too low to count."""
    said, said_numbers = _distinct(words)
    listened, heard_numbers = _distinct(heard)
    pairs = {pair: number for number, pair in enumerate(sorted({p for w in said + listened for p in _letter_pairs(w)}))}
    a, b = _incidence(said, pairs), _incidence(listened, pairs)
    sizes = a.sum(1)[:, None] + b.sum(1)[None]
    likeness = 2 * (a @ b.T) / np.maximum(sizes, 1)
    return said_numbers, heard_numbers, np.where(likeness >= _ALIKE_MIN, likeness, 0).astype(np.float32)


def _distinct(words: Sequence[str]) -> tuple[list[str], Row]:
    spellings = [plain_spelling(word) for word in words]
    numbers = {spelling: number for number, spelling in enumerate(dict.fromkeys(spellings))}
    return list(numbers), np.array([numbers[spelling] for spelling in spellings])


def plain_spelling(word: str) -> str:
    """Lower case, letters and digits alone."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LMN")


def _letter_pairs(spelling: str) -> set[str]:
    """With a mark at both ends, so that first and last letters count as much as the others."""
    marked = f"^{spelling}$"
    return {marked[i : i + 2] for i in range(len(marked) - 1)} if spelling else set()


def _incidence(spellings: Sequence[str], pairs: dict[str, int]) -> np.ndarray:
    table = np.zeros((len(spellings), len(pairs)), np.float32)
    for row, spelling in enumerate(spellings):
        table[row, [pairs[pair] for pair in _letter_pairs(spelling)]] = 1
    return table


def _weight(word: str) -> float:
    """Short words are everywhere: a long one says more."""
    return 0.4 + 0.1 * min(6, len(plain_spelling(word)))
