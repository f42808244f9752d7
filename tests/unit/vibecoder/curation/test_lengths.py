"""Lengths of rows in tokens are those of rendering."""

from __future__ import annotations

from support.rows import LONG, chat, kinds
from vibecoder.curation.lengths import lengths
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render


def test_lengths_are_those_of_rendering() -> None:
    tokenizer = ChatTokenizer.load(NANO)
    rows = [chat("hi", category="a"), chat(LONG, category="b"), *kinds("short")[3:]]
    found = lengths(rows, tokenizer, 64)
    assert found.of["a"] == [len(render(rows[0], tokenizer))]
    assert found.fitting(found.of["b"]) == 0
    assert found.enough(1) % 128 == 0
    assert found.enough(1) >= found.of["b"][0]
    assert len(found.all) == len(rows)
