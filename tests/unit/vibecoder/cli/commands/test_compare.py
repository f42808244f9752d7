"""`vibecoder compare`, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from support.terminal import Terminal
from support.verdicts import verdicts
from vibecoder.adapters.folder import write_adapter
from vibecoder.evaluate.results import write_results
from vibecoder.models import NANO
from vibecoder.types import LoraSpec


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    write_results(tmp_path / "base", {"model": "nano"}, verdicts([True] * 5 + [False] * 25))
    write_results(tmp_path / "tuned", {"model": "nano", "adapter": "a"}, verdicts([False] * 2 + [True] * 28))
    return tmp_path / "base", tmp_path / "tuned"


def test_a_table_the_lost_prompts_and_a_picture(folders: tuple[Path, Path], terminal: Terminal) -> None:
    out, _ = terminal("compare", *folders, "--show", 1)
    for word in ("nano with a", "16.7%", "93.3%", "+76.7", "tool-calls", "lost: tool-calls/0", "and 1 more"):
        assert word in out
    assert (folders[1] / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_json(folders: tuple[Path, Path], tmp_path: Path, terminal: Terminal) -> None:
    shown = json.loads(terminal("compare", *folders, "--json", "--png", tmp_path / "else.png")[0])
    (row,) = shown["rows"]
    assert (row["prompts"], row["gained"], row["lost"]) == (30, 25, 2)
    assert 0.5 < row["low"] < row["difference"] < row["high"] <= 1
    assert row["p"] < 1e-4
    assert shown["lost"] == ["tool-calls/0", "tool-calls/1"]
    assert (tmp_path / "else.png").exists()
    assert json.loads(terminal("compare", *folders, "--json", "--seed", 0)[0])["rows"] == shown["rows"]


def test_models_and_adapters_are_evaluated_first_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: Terminal
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "adapter").mkdir()
    pair = (np.ones((4, 256), np.float32), np.full((256, 4), 1e-9, np.float32))
    layers, lora = {"model.layers.0.self_attn.o_proj": pair}, LoraSpec(4, 8.0, 0.0, ("o_proj",))
    write_adapter(tmp_path / "adapter", layers, lora, str(NANO))
    arguments = ("nano", "adapter", "--suite", "canary", "--limit", 2)
    shown = json.loads(terminal("compare", *arguments, "--json")[0])
    assert shown["rows"][0]["prompts"] == 2
    assert shown["rows"][0]["difference"] == 0
    assert shown["unpaired"] == 0
    made = sorted((tmp_path / "evaluations").glob("*/results.jsonl"))
    assert len(made) == 2
    times = [path.stat().st_mtime_ns for path in made]
    assert "nano with" in terminal("compare", *arguments)[0]
    assert [path.stat().st_mtime_ns for path in made] == times


def test_what_cannot_be_evaluated_is_one_line(tmp_path: Path, terminal: Terminal) -> None:
    _, err = terminal("compare", tmp_path, tmp_path, status=2)
    assert "holds no results, no adapter and no model" in err
    _, err = terminal("compare", tmp_path / "nowhere", tmp_path, status=2)
    assert "no model at" in err
    assert err.count("\n") == 1
