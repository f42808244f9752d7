"""`vibecoder data merge` and `dedupe`."""

from __future__ import annotations

import json

import pytest

from support.terminal import Terminal
from vibecoder.dataset.store import Dataset

pytestmark = pytest.mark.usefixtures("two_files")


def rows(path: str) -> tuple[object, ...]:
    return Dataset(path).read().records


def test_merge_writes_each_row_once(data: Terminal) -> None:
    out, _ = data("merge", "a.jsonl", "b.jsonl", "--into", "all.jsonl")
    assert out == "all.jsonl: 42 of 44 rows; left out: 1 copies, 1 near-duplicates\n"
    assert rows("all.jsonl")[:40] == rows("a.jsonl")
    assert "is there already" in data("merge", "a.jsonl", "--into", "all.jsonl", status=2)[1]
    assert "43 of 44" in data("merge", "a.jsonl", "b.jsonl", "--into", "all.jsonl", "--exact", "--force")[0]


def test_dedupe_names_what_it_left_out_and_keeps_going_past_bad_lines(data: Terminal) -> None:
    with open("b.jsonl", "a") as file:
        file.write("{oops\n")
    out, err = data("dedupe", "b.jsonl", "--into", "c.jsonl", "--json", status=2)
    shown = json.loads(out)
    assert (shown["read"], shown["kept"], len(shown["near"])) == (4, 3, 1)
    assert "b.jsonl:5: not JSON" in err
