"""`vibecoder data stats`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.store import Dataset


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stats") / "rows.jsonl"
    Dataset(path).append(list(generated_records(plugins.load().generators["starter"], 30)))
    path.write_bytes(path.read_bytes() + b"no row\n")
    return path


def test_a_table_and_a_picture(rows: Path, terminal: Terminal) -> None:
    out, _ = terminal("data", "stats", str(rows))
    for word in ("category", "tool-use", "executed", "max_length", "supervised", "near-duplicates", "distinct-2"):
        assert word in out
    picture = rows.with_suffix(".png")
    assert f"30 rows, 1 bad lines; picture in {picture}" in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json(rows: Path, tmp_path: Path, terminal: Terminal) -> None:
    picture = tmp_path / "else.png"
    shown = json.loads(terminal("data", "stats", str(rows), "--json", "--max-length", "500", "--png", str(picture))[0])
    assert picture.exists()
    assert (shown["rows"], shown["bad"], shown["png"], shown["model"]) == (30, 1, str(picture), "nano")
    assert sum(kind["rows"] for kind in shown["kinds"]) == sum(shown["verification"].values()) == 30
    assert shown["tokens"]["max_length"] == 500
    assert 0 < shown["tokens"]["too_long"] < 30
    assert 0 < shown["tokens"]["supervised_share"] < 1
    assert set(shown["words"]["user"]) == {"texts", "near_duplicates", "distinct_2"}


def test_nothing_to_measure_is_one_line(tmp_path: Path, terminal: Terminal) -> None:
    _, err = terminal("data", "stats", str(tmp_path / "none.jsonl"), status=2)
    assert "none.jsonl" in err
    assert err.count("\n") == 1
