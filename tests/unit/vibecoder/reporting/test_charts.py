"""Charts: well-formed SVG files of a size a page can carry, for whatever a run measured."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import OutputError
from vibecoder.reporting.charts import loss_chart, tool_call_chart, write_charts
from vibecoder.runs.metrics import read_metrics
from vibecoder.runs.parts import CallMeasurement
from vibecoder.runs.record import RunRecord


def run_of(*stages: tuple[str, int]) -> list[dict[str, Any]]:
    rng, lines = random.Random(0), []
    for stage, steps in stages:
        for step in range(1, steps + 1):
            loss = 0.8 + 2 * math.exp(-4 * step / steps) + rng.gauss(0, 0.15)
            lines.append({"stage": stage, "type": "step", "step": step, "loss": loss})
            if step % 50 == 0 or step == steps:
                lines.append({"stage": stage, "type": "evaluated", "step": step, "loss": loss, "best": step < steps})
    return lines


def drawn(text: str) -> ElementTree.Element:
    """The drawing, parsed; every coordinate of it is inside."""
    root = ElementTree.fromstring(text)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.attrib.get(name, 0)) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.attrib.get(name, 0)) <= height
    return root


def texts(root: ElementTree.Element) -> set[str]:
    return {element.text or "" for element in root.iter() if element.tag.endswith("text")}


def test_a_real_run_has_both_charts(real_run: Path, tmp_path: Path) -> None:
    written = write_charts(tmp_path, RunRecord.read(real_run), read_metrics(real_run / "metrics.jsonl"))
    assert [name for _, name in written] == ["plots/tool_calls.svg", "plots/loss.svg"]
    for _, name in written:
        drawn((tmp_path / name).read_text(encoding="utf-8"))


def test_losses_of_three_stages_are_side_by_side() -> None:
    chart = loss_chart(run_of(("tool-use", 400), ("agentic", 150), ("full", 2000)), {"tool-use": 3.0})
    root = drawn(chart)
    assert float(root.attrib["width"]) > 2 * float(root.attrib["height"])
    assert {"tool-use", "agentic", "full", "held out", "nats per supervised token"} <= texts(root)
    assert len(chart) < 60_000


@pytest.mark.parametrize(
    "metrics",
    [
        run_of(("full", 1)),
        run_of(("full", 3)),
        run_of(("a <x_1> & stage", 60)),
        [{"stage": "full", "type": "evaluated", "step": 4, "loss": 1.0, "best": True}],
    ],
)
def test_little_is_drawn_too(metrics: list[dict[str, Any]]) -> None:
    drawn(loss_chart(metrics, {}))


def test_tool_calls_before_and_after() -> None:
    results = [
        CallMeasurement(when=when, exact=exact, total=64)
        for when, exact in (("base", 0), ("tool-use", 40), ("<b>", 38), ("full", 64))
    ]
    shown = texts(drawn(tool_call_chart(results)))
    assert {"0% (0/64)", "62% (40/64)", "100% (64/64)", "base", "after tool-use", "after <b>"} <= shown


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert loss_chart([{"stage": "full", "type": "step", "step": 1, "loss": None}], {}) == ""
    assert tool_call_chart([CallMeasurement(when="base")]) == ""
    assert write_charts(tmp_path, RunRecord(), []) == []
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, real_record: RunRecord) -> None:
    (tmp_path / "plots").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write .*tool_calls\.svg: "):
        write_charts(tmp_path, replace(real_record, stages=()), [])


def test_a_report_needs_no_plotting_library() -> None:
    script = "import sys, vibecoder.reporting.page; print('matplotlib' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
