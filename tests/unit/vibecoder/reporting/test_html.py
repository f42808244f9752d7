"""`report.html`: one file, no scripts, everything escaped, and every part of a run in it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from support.verdicts import verdicts
from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import OutputError
from vibecoder.evaluate.results import EVALUATIONS, write_results
from vibecoder.hub.files import collect
from vibecoder.reporting.html import write_html
from vibecoder.reporting.page import write_report
from vibecoder.runs.parts import CallMeasurement, GateStop, GateVerdict, Losses, Sample, StageRecord
from vibecoder.runs.record import STOPPED_BY_GATE, RunRecord
from vibecoder.types import LoraSpec

NASTY = "<script>alert('x')</script> & \"quoted\" </pre>"
VOID = {"meta", "line", "circle", "polyline"}


class Page(HTMLParser):
    """Collects tags and text; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def run(real_record: RunRecord) -> RunRecord:
    """The real run as if the gate had stopped it, with text that must be escaped."""
    failure = {"prompt": "p", "suite": "s", "reason": "no call", "user": NASTY, "before": "a", "after": "secret reply"}
    gate = GateVerdict(kept=False, reasons=(f"it fell {NASTY}",), failures=(failure,))
    stage = replace(
        real_record.stages[0], name="full", rows=7, steps=4, held_out_loss=Losses(before=2.0, after=2.5), gate=gate
    )
    return real_record.changed(
        name=NASTY,
        status=STOPPED_BY_GATE,
        gate=GateStop(stage="full", reasons=gate.reasons),
        data=replace(real_record.data, rows=1000, held_out=150),
        stages=(stage,),
        tool_calls=(CallMeasurement(when="base", exact=1, total=8), CallMeasurement(when="full", exact=6, total=8)),
    )


METRICS = [
    *({"type": "step", "stage": "full", "step": step, "loss": 3.0 / step} for step in range(1, 900)),
    {"type": "step", "stage": "full", "step": 900, "loss": None},
    {"type": "evaluated", "stage": "full", "step": 900, "loss": 2.5},
]


@pytest.fixture
def folder(run: RunRecord, tmp_path: Path) -> Path:
    run.write(tmp_path)
    for name, outcomes in (("base", [True] * 4 + [False] * 16), ("full", [False] * 2 + [True] * 18)):
        found = verdicts(outcomes, reply=f"reply of {name} {NASTY}", measures={"user": "asked so"})
        write_results(tmp_path / EVALUATIONS / name, {"name": name}, found)
    return tmp_path


def test_every_part_is_on_one_page_that_needs_nothing_else(run: RunRecord, folder: Path) -> None:
    sample = Sample(category="tool-use", user="sample user", expected="[]", base="", tuned="new")
    text = write_html(folder, run.changed(samples=(sample,)), METRICS).read_text()
    page = Page(text)
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    assert "url(" not in text
    assert NASTY in page.text
    for words in (
        "Stopped by the gate after stage full", "75%", "1 of 8", "+70.0", "2 prompts passed before training",
        "reply of base", "asked so", "sample user", "model.name", "dataset.jsonl", "1,000, 150 held out", "2.500",
    ):  # fmt: skip
        assert words in page.text, words
    assert {"polyline", "circle", "pre", "table"} <= set(page.tags)


@pytest.mark.parametrize(
    "record",
    [
        RunRecord(),
        RunRecord(stages=(StageRecord(name="x"),)),
        RunRecord(tool_calls=(CallMeasurement(when="base"),)),
    ],
)
def test_what_is_missing_is_left_out(record: RunRecord, tmp_path: Path) -> None:
    page = Page(write_html(tmp_path, record, []).read_text())
    assert page.open == []
    assert "What changed" not in page.text
    assert "svg" not in page.tags


def test_the_report_is_written_with_it_and_what_is_published_holds_no_rows(run: RunRecord, folder: Path) -> None:
    report = write_report(folder, run, METRICS).read_text()
    assert (folder / "report.html").exists()
    assert "stopped by the gate after stage full" in report
    assert "secret reply" in report
    (folder / "adapter").mkdir()
    pair = (np.zeros((4, 16), np.float32), np.zeros((16, 4), np.float32))
    write_adapter(folder / "adapter", {"model.layers.0.q_proj": pair}, LoraSpec(4, 8.0, 0.0, ("q_proj",)), "some/base")
    upload = collect(folder, "alice/companion")
    assert "report.html" not in upload
    published = upload["report.md"]
    assert isinstance(published, bytes)
    assert b"stopped by the gate" in published
    assert b"secret reply" not in published


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        write_html(tmp_path / "nowhere", RunRecord(), [])
