"""Find the lines of a text that hold one of some words, so that slow patterns run on those alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["lines_with"]

_BEFORE, _AFTER = 300, 2_000
"""Characters around a word that are looked at in a longer line."""


def lines_with(words: Iterable[str], text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Yield where lines with one of `words` begin and end, each once; `lower` is the text in lower case.

    The whole text is one line where a letter's lower case has two letters, so that places differ.
    """
    if len(lower) != len(text):
        if any(word in lower for word in words):
            yield 0, len(text)
        return
    found = set()
    for word in words:
        at = lower.find(word)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = len(text) if end < 0 else end
            found.add((max(start, at - _BEFORE), min(end, at + _AFTER)))
            at = lower.find(word, min(end, at + _AFTER // 2))
    yield from sorted(found)
