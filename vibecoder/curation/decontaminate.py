"""Remove rows that share ten words in a row with a prompt used for evaluation.

N-gram overlap as in Brown et al., 2005.14165, appendix C, with n = 10. Words are compared in lower case, once split at
blanks and once as runs of letters and digits, so that neither other blanks nor other punctuation hides a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vibecoder.curation.texts import pieces
from vibecoder.types import Record

__all__ = ["SIZE", "Contamination", "Prompts", "decontaminate"]

SIZE = 10
SHORTEST = 5
"""Words of the shortest prompt that is searched; one of fewer than `SIZE` counts where it occurs whole."""
_Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contamination:
    """A removed row, by its number among those given, and the words it shares with a prompt."""

    number: int
    record: Record
    words: str


class Prompts:
    """The word n-grams of evaluation prompts."""

    def __init__(self, texts: Iterable[str], size: int = SIZE) -> None:
        self._size = size
        self._grams: dict[int, set[_Gram]] = {}
        for text in texts:
            for words in _splits(text):
                length = min(size, len(words))
                if length >= min(size, SHORTEST):
                    self._grams.setdefault(length, set()).update(_grams(words, length))

    def __len__(self) -> int:
        return sum(map(len, self._grams.values()))

    def shared(self, text: str) -> str:
        """Return the first run of words that the text shares with a prompt, "" if there is none."""
        for words in _splits(text):
            for length, known in self._grams.items():
                for gram in _grams(words, length):
                    if gram in known:
                        return " ".join(gram)
        return ""


def decontaminate(records: Iterable[Record], prompts: Prompts) -> tuple[list[Record], list[Contamination]]:
    """Separate the rows that share nothing with the prompts from those that do; numbers count from 1."""
    clean: list[Record] = []
    found: list[Contamination] = []
    for number, record in enumerate(records, 1):
        words = next((words for words in map(prompts.shared, pieces(record)) if words), "")
        if words:
            found.append(Contamination(number, record, words))
        else:
            clean.append(record)
    return clean, found


def _splits(text: str) -> tuple[list[str], list[str]]:
    lower = text.lower()
    return lower.split(), re.findall(r"[^\W_]+", lower)


def _grams(words: list[str], size: int) -> Iterator[_Gram]:
    return zip(*(words[at:] for at in range(size)), strict=False)
