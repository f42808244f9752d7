"""Near-duplicates: every pair that comparing all with all finds, and no other; distinct-n by hand."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from vibecoder.dataset.similarity import distinct, grams, pairs, share

TEXT = "read the file open tests run where is defined who calls show me lines from to fix bug please now"
WORDS = TEXT.split()


def texts(count: int, seed: int) -> list[str]:
    """Random requests, half of them edited copies of others."""
    rng = random.Random(seed)
    made = [rng.choices(WORDS, k=rng.randint(1, 30)) for _ in range(count // 2)]
    for _ in range(count - len(made)):
        copy = list(rng.choice(made))
        for _ in range(rng.choice((0, 1, 1, 2))):
            copy[rng.randrange(len(copy))] = rng.choice(WORDS)
        made.append(copy)
    return [" ".join(words) for words in made]


def test_grams() -> None:
    assert grams("A b  c\nd e F") == {"a b c d e", "b c d e f"}
    assert grams("Go on") == {"go on"}
    assert grams("") == {""}
    assert grams("a b c", size=2) == {"a b", "b c"}


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.85, 1.0])
def test_pairs_are_those_of_comparing_all(threshold: float) -> None:
    made = texts(400, seed=3)
    sets = [grams(text) for text in made]
    similar = {(i, j, len(sets[i] & sets[j]) / len(sets[i] | sets[j])) for i, j in combinations(range(len(made)), 2)}
    expected = {(i, j): s for i, j, s in similar if s >= threshold}
    found = pairs(made, threshold)
    assert found == sorted(found)
    assert {(i, j): s for i, j, s in found} == pytest.approx(expected)
    assert len(expected) > 40


def test_copies_of_one_text_are_all_paired() -> None:
    assert pairs(["Run it", "run  IT", "other", "run it"], 0.85) == [(0, 1, 1.0), (0, 3, 1.0), (1, 3, 1.0)]


def test_share_counts_both_of_a_pair() -> None:
    assert share(["a", "b", "a", "c"], 0.85) == 0.5
    assert share([], 0.85) == 0.0


def test_distinct() -> None:
    assert distinct(["a b a b", "A b"]) == 2 / 4
    assert distinct(["one"]) == 0.0
    assert distinct(["a b c"], size=1) == 1.0
