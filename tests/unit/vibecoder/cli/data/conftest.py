"""`vibecoder data` in a folder with datasets."""

from __future__ import annotations

import pytest

from support.rows import CHAT, INFILL, PAIR, PROMPT, chat
from support.terminal import Terminal
from vibecoder.dataset.store import Dataset


@pytest.fixture
def data(terminal: Terminal) -> Terminal:
    """`vibecoder data` in an empty folder."""
    return terminal.under("data")


@pytest.fixture
def three_kinds(terminal: Terminal) -> None:
    """A dataset.jsonl with a conversation, an infill and a comparison."""
    Dataset("dataset.jsonl").append([CHAT, INFILL, PAIR])


@pytest.fixture
def two_files(terminal: Terminal) -> None:
    """The files a.jsonl, 40 short rows, and and b.jsonl: a copy of one, two alike, one that asks `PROMPT`."""
    words = " ".join(f"w{n}" for n in range(80))
    Dataset("a.jsonl").append(
        [chat(f"task {n}", f"done: task {n}", group=f"g{n // 2}", category="ab"[n % 2]) for n in range(40)]
    )
    said = ("task 0", words, f"{words} end", f"Please: {PROMPT}")
    Dataset("b.jsonl").append([chat(text, f"done: {text}", category="tool-use") for text in said])
