"""The record of a run: what is written is read back, older files still open, and damage is one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from vibecoder.errors import DataError
from vibecoder.runs.parts import CallCount, Losses
from vibecoder.runs.record import FINISHED, VERSION, RunRecord

OLD = ROOT / "tests" / "support" / "run_version_1.json"


def old() -> dict[str, Any]:
    return json.loads(OLD.read_text(encoding="utf-8"))


def test_a_real_run_is_read_and_written_back_byte_for_byte(real_run: Path, tmp_path: Path) -> None:
    record = RunRecord.read(real_run)
    record.write(tmp_path)
    assert (tmp_path / "run.json").read_bytes() == (real_run / "run.json").read_bytes()
    assert (record.version, record.status, [stage.name for stage in record.stages]) == (VERSION, FINISHED, ["tool-use"])
    assert record.base_calls
    assert record.final_calls
    assert record.final_calls.by_category["tool-use"].total == record.final_calls.total == 6
    assert record.stages[0].gate is not None


def test_a_file_of_the_version_before_opens_and_loses_nothing(tmp_path: Path) -> None:
    record = RunRecord.from_json(old())
    assert record.version == 1
    assert record.as_json() == old()
    assert record.stages[0].held_out_loss == Losses(**old()["stages"][0]["held_out_loss"])
    counts = old()["tool_calls"][0]["by_category"]["tool-use"]
    assert record.tool_calls[0].by_category["tool-use"] == CallCount(**counts)
    assert record.changed(status="stopped").version == VERSION


def test_keys_that_this_version_does_not_know_are_kept() -> None:
    value = old() | {"version": VERSION, "later": {"x": 1}}
    value["stages"][0]["later"] = [2]
    written = RunRecord.from_json(value).as_json()
    assert written["later"] == {"x": 1}
    assert written["stages"][0]["later"] == [2]


def test_a_later_version_is_refused_with_the_fix() -> None:
    with pytest.raises(
        DataError, match=rf"has version {VERSION + 1}, this vibecoder reads up to {VERSION}; upgrade it"
    ):
        RunRecord.from_json({"version": VERSION + 1})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stages": 3}, "stages is 3, not a list"),
        ({"stages": [{"steps": "many"}]}, r"stages\[0\]\.steps is 'many', not a whole number"),
        (
            {"stages": [{"held_out_loss": {"before": []}}]},
            r"stages\[0\]\.held_out_loss\.before is a list",
        ),
        (
            {"tool_calls": [{"by_category": {"x": {"exact": True}}}]},
            r"tool_calls\[0\]\.by_category\.x\.exact is True",
        ),
        ({"model": None}, "model is None, not an object"),
        ({"notices": "a"}, "notices is 'a', not a list"),
    ],
)
def test_damage_is_named_by_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=f"run.json is damaged: {said}.*; restore it"):
        RunRecord.from_json(old() | change)


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_what_is_no_record_is_no_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError):
        RunRecord.read(tmp_path)
    assert RunRecord.find(tmp_path) is None


def test_the_record_of_an_adapter_is_found_above_it(real_run: Path) -> None:
    assert RunRecord.find(real_run / "stages" / "1-tool-use" / "adapter", above=4) == RunRecord.read(real_run)
    assert RunRecord.find(real_run / "adapter") is None
