"""What training rows share with held-out ones: runs of ten words, apart from those common to all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from vibecoder.curation.texts import pieces
from vibecoder.types import Record

__all__ = ["shared_words"]

_SIZE = 10


def shared_words(train: Sequence[Record], held: Sequence[Record], common: Iterable[str] = ()) -> set[str]:
    """Runs of ten words of a held-out row that stand in a training row, and not in the texts common to all."""
    known = _grams(common)
    return (
        _grams(text for row in train for text in pieces(row)) & _grams(text for row in held for text in pieces(row))
    ) - known


def _grams(texts: Iterable[str]) -> set[str]:
    found: Counter[str] = Counter()
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        found.update(" ".join(words[at : at + _SIZE]) for at in range(len(words) - _SIZE + 1))
    return set(found)
