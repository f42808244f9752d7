"""Runs: found by name, listed, shown and told apart, through the command line and on two real plans."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.terminal import Terminal
from vibecoder.errors import UserError
from vibecoder.runs.find import diff, find_run, list_runs
from vibecoder.runs.parts import Losses
from vibecoder.runs.record import RunRecord


@pytest.fixture
def root(real_record: RunRecord, tmp_path: Path) -> Path:
    """Three runs made from the real one, and a folder whose record is broken."""
    for name, exact, rate in (("monday", 3, 1e-5), ("money", 5, 2e-4), ("friday", 4, 1e-5)):
        base, tuned = (
            replace(call, exact=right, total=9)
            for call, right in zip(real_record.measurements, (0, exact), strict=True)
        )
        settings = dict(real_record.settings) | {"train": {**real_record.settings["train"], "learning_rate": rate}}
        stage = replace(
            real_record.stages[0], steps=4, peak_memory=2**30, held_out_loss=Losses(before=2.0, after=1.0 / exact)
        )
        record = real_record.changed(
            name=name,
            created=f"2026-11-21T0{exact}:00:00+00:00",
            settings=settings,
            stage_settings={"tool-use": settings | {"seed": 5}},
            tool_calls=(base, tuned),
            stages=(stage,),
        )
        (tmp_path / name).mkdir()
        record.write(tmp_path / name)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    return tmp_path


def test_a_run_is_found_by_folder_name_and_beginning(root: Path) -> None:
    assert find_run(str(root / "friday"), Path("nowhere")).name == "friday"
    assert find_run("f", root).name == "friday"
    with pytest.raises(UserError, match=r"several runs .* begin with mon: monday, money"):
        find_run("mon", root)
    with pytest.raises(UserError, match="did you mean friday"):
        find_run("friiday", root)


def test_runs_are_listed_oldest_first_and_broken_folders_are_none(root: Path) -> None:
    assert [run.name for run in list_runs(root)] == ["monday", "friday", "money"]
    assert list_runs(root / "nowhere") == []


def test_settings_and_figures_that_differ_and_no_others(root: Path) -> None:
    given, figures = diff(find_run("monday", root), find_run("money", root))
    assert [(item.key, item.left, item.right) for item in given] == [("train.learning_rate", 1e-5, 2e-4)]
    assert [item.key for item in figures] == ["tool calls, tool-use", "held-out loss after tool-use"]
    assert diff(find_run("monday", root), find_run("monday", root)) == ([], [])


def test_list(root: Path, terminal: Terminal) -> None:
    out = terminal("runs", "list", "--output", root).out
    assert out.index("monday") < out.index("friday") < out.index("money")
    assert "0/9 to 5/9" in out
    shown = json.loads(terminal("runs", "list", "--output", root, "--json").out)
    assert (shown[0]["name"], shown[0]["steps"], shown[0]["stages"]) == ("monday", 4, ["tool-use"])
    assert "no runs below" in terminal("runs", "list", "--output", root / "nowhere").out


def test_show(root: Path, terminal: Terminal) -> None:
    out = terminal("runs", "show", "friday", "--output", root).out
    for word in ("friday", "finished", "4/9 exact", "2.000", "0.250", "1.0 GiB"):
        assert word in out
    assert json.loads(terminal("runs", "show", "friday", "--output", root, "--json").out)["name"] == "friday"


def test_diff(root: Path, terminal: Terminal) -> None:
    out = terminal("runs", "diff", "monday", "money", "--output", root).out
    assert "train.learning_rate" in out
    assert "3/9" in out
    assert "lora.rank" not in out
    shown = json.loads(terminal("runs", "diff", "monday", "money", "--output", root, "--json").out)
    assert shown["given"] == [{"key": "train.learning_rate", "left": 1e-5, "right": 2e-4}]
    assert "no run x" in terminal("runs", "diff", "monday", "x", "--output", root, status=2).err
