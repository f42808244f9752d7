"""Copies and near-duplicates of earlier rows are left out."""

from __future__ import annotations

from support.rows import LONG, chat
from vibecoder.curation.duplicates import dedupe
from vibecoder.types import Infill


def test_copies_and_near_copies_of_earlier_rows_go() -> None:
    near = LONG.replace("word30", "other")
    rows = [chat(LONG), chat("short"), chat(LONG, category="b"), chat(near), chat(near + " end")]
    found = dedupe(rows)
    assert found.kept == (rows[0], rows[1])
    assert found.exact == 1
    assert [pair[2] > 0.8 for pair in found.near] == [True, True]
    assert len({pair[1] for pair in found.near}) == 1
    assert len(dedupe(rows, None).kept) == 4


def test_rows_of_different_kinds_are_no_copies() -> None:
    rows = [chat(LONG), Infill(prefix=LONG, middle="x", suffix="")]
    assert dedupe(rows).kept == tuple(rows)
