"""What of a run goes up, and that nothing of the person does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.finished_run import make_run
from vibecoder.hub.files import collect, scrub
from vibecoder.models import NANO


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "runs" / "friday")


def test_the_report_goes_without_its_samples(run: Path):
    report = collect(run, "alice/companion")["report.md"].decode()
    assert report.splitlines() == [
        "# Report",
        "",
        "Trained on dataset.jsonl.",
        "",
        "![loss](plots/loss.png)",
        "",
        "## Cost",
        "",
        "Four minutes.",
    ]


def test_the_card_lists_plots_and_report(run: Path):
    card = collect(run, "alice/companion")["README.md"].decode()
    assert "![loss](plots/loss.png)" in card
    assert "(report.md)" in card


def test_nano_is_named_without_its_path(tmp_path: Path):
    upload = collect(make_run(tmp_path / "runs" / "nano", base_name=str(NANO)), "alice/companion")
    files = {path: what if isinstance(what, bytes) else what.read_bytes() for path, what in upload.items()}
    assert json.loads(files["adapter_config.json"])["base_model_name_or_path"] == "nano"
    assert str(NANO.parent).encode() not in b"".join(files.values())
    assert b"base_model:" not in files["README.md"]


def test_a_local_base_brings_its_licence(tmp_path: Path):
    base = tmp_path / "bases" / "mine"
    base.mkdir(parents=True)
    (base / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# Mine\n")
    upload = collect(make_run(tmp_path / "runs" / "local", base_name=str(base)), "alice/companion")
    assert json.loads(upload["adapter_config.json"])["base_model_name_or_path"] == "mine"
    card = upload["README.md"].decode()
    assert "license: cc-by-nc-4.0" in card
    assert "Non-commercial" in card
    assert str(tmp_path) not in card


def test_a_broken_run_json_is_left_out(run: Path):
    (run / "run.json").write_text("{")
    assert "run.json" not in collect(run, "alice/companion")


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
    assert scrub({"value": [value]}) == {"value": [clean]}


def test_scrub_drops_what_names_the_person():
    assert scrub({"user": "a", "hostname": "b", "data": {"path": "work/client/x.jsonl"}}) == {
        "data": {"path": "x.jsonl"}
    }
