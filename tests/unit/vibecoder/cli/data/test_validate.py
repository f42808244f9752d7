"""`vibecoder data validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.terminal import Terminal

pytestmark = pytest.mark.usefixtures("three_kinds")


def test_validate_counts_rows_and_names_bad_lines(data: Terminal) -> None:
    out = data("validate").out
    assert "dataset.jsonl: 3 rows, 0 bad lines" in out
    path = Path("dataset.jsonl")
    path.write_bytes(path.read_bytes() + b"{oops\n" + path.read_bytes().splitlines(keepends=True)[0] + b'{"text": 1}\n')
    before = path.read_bytes()
    out, err = data("validate", "dataset.jsonl", status=2)
    assert "4 rows, 1 of them repeated, 2 bad lines" in out
    assert err.splitlines()[0].startswith("dataset.jsonl:4: not JSON: ")
    assert err.splitlines()[1].startswith("dataset.jsonl:6: a row of another format, plain text (text); write it as")
    found = json.loads(data("validate", "--json", status=2).out)
    assert {"category": "tool-use", "kind": "example", "rows": 2} in found["rows"]
    assert [line["line"] for line in found["bad"]] == [4, 6]
    assert path.read_bytes() == before
    assert not Path("dataset.quarantine.jsonl").exists()
