"""What of a run goes up, and that nothing of the person does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.real_run import with_base
from vibecoder.hub.files import collect, without_local_paths
from vibecoder.models import NANO
from vibecoder.runs.parts import GateVerdict
from vibecoder.runs.record import RunRecord


def test_the_report_goes_without_its_samples(finished_run: Path):
    here = (finished_run / "report.md").read_text()
    report = collect(finished_run, "alice/companion")["report.md"].decode()
    assert "## Samples, before and after" in here
    assert "## Samples" not in report
    assert "### Sample" not in report
    for heading in ("## Result", "## Tool calls", "## Stages", "## Data", "## Machine and versions"):
        assert heading in report


def test_no_row_of_the_dataset_and_no_path_goes_up(finished_run: Path):
    upload = collect(finished_run, "alice/companion")
    texts = {path: what for path, what in upload.items() if isinstance(what, bytes)}
    assert {"README.md", "report.md", "run.json", "adapter_config.json"} == set(texts)
    together = b"".join(texts.values()).decode()
    for sample in RunRecord.read(finished_run).samples:
        assert sample.user not in together
    assert str(finished_run) not in together
    assert str(NANO.parent) not in together


def test_prompts_that_failed_at_the_gate_stay_here(finished_run: Path):
    record = RunRecord.read(finished_run)
    gate = GateVerdict(kept=False, reasons=("it fell",), failures=({"user": "a row of mine", "before": "b"},))
    record.changed(stages=(replace(record.stages[0], gate=gate),)).write(finished_run)
    published = collect(finished_run, "alice/companion")["run.json"]
    assert isinstance(published, bytes)
    assert b"a row of mine" not in published
    assert b"it fell" in published


def test_the_published_record_opens_and_has_the_tool_calls(finished_run: Path):
    published = RunRecord.from_json(json.loads(collect(finished_run, "alice/companion")["run.json"]))
    record = RunRecord.read(finished_run)
    assert published.tool_calls == record.tool_calls
    assert published.stages == record.stages
    assert published.command is None


def test_the_card_lists_plots_and_report(finished_run: Path):
    card = collect(finished_run, "alice/companion")["README.md"].decode()
    assert "![loss](plots/loss.svg)" in card
    assert "(report.md)" in card


def test_nano_is_named_without_its_path(finished_run: Path):
    upload = collect(finished_run, "alice/companion")
    files = {path: what if isinstance(what, bytes) else what.read_bytes() for path, what in upload.items()}
    assert json.loads(files["adapter_config.json"])["base_model_name_or_path"] == "nano"
    assert str(NANO.parent).encode() not in b"".join(files.values())
    assert b"base_model:" not in files["README.md"]


def test_a_local_base_brings_its_licence(finished_run: Path, tmp_path: Path):
    base = tmp_path / "bases" / "mine"
    base.mkdir(parents=True)
    (base / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# Mine\n")
    upload = collect(with_base(finished_run, str(base)), "alice/companion")
    assert json.loads(upload["adapter_config.json"])["base_model_name_or_path"] == "mine"
    card = upload["README.md"].decode()
    assert "license: cc-by-nc-4.0" in card
    assert "Non-commercial" in card
    assert str(tmp_path) not in card


def test_a_broken_run_json_is_left_out(finished_run: Path):
    (finished_run / "run.json").write_text("{")
    assert "run.json" not in collect(finished_run, "alice/companion")


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("/home/alice/data.jsonl", "data.jsonl"),
        ("C:\\Users\\Alice Smith\\data.jsonl", "data.jsonl"),
        ("~/runs/x/", "x"),
        ("../alice/data.jsonl", "data.jsonl"),
        ("--output=/home/alice/runs", "--output=runs"),
        ("read /home/alice/a.txt, then wrote /home/alice/b/", "read a.txt, then wrote b"),
        ("https://huggingface.co/Qwen/Qwen2.5-Coder-3B", "https://huggingface.co/Qwen/Qwen2.5-Coder-3B"),
        ("Qwen/Qwen2.5-Coder-3B", "Qwen/Qwen2.5-Coder-3B"),
        ("</tool_call>", "</tool_call>"),
        (f"kept in {Path.home()}/some where/x", "kept in ~/some where/x"),
        (3, 3),
        (None, None),
    ],
)
def test_scrub(value: Any, clean: Any):
    assert without_local_paths({"value": [value]}) == {"value": [clean]}


def test_scrub_drops_what_names_the_person():
    assert without_local_paths({"user": "a", "hostname": "b", "data": {"path": "work/client/x.jsonl"}}) == {
        "data": {"path": "x.jsonl"}
    }
