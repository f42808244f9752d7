"""`vibecoder data lengths`."""

from __future__ import annotations

import json

import pytest

from support.terminal import Terminal

pytestmark = pytest.mark.usefixtures("two_files")


def test_lengths_say_what_fits(data: Terminal) -> None:
    found = json.loads(data("lengths", "b.jsonl", "--max-length", "100", "--json")[0])
    assert (found["rows"], found["fit"]) == (4, 2)
    assert "2 of 4 rows (50.0%) fit 100 tokens of nano" in data("lengths", "b.jsonl", "--max-length", "100")[0]
