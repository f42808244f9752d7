"""Plots: real PNGs of a size a page can carry, for whatever a run measured."""

from __future__ import annotations

import math
import random
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import OutputError
from vibecoder.reporting.plots import loss_plot, tool_call_plot


def run_of(*stages: tuple[str, int]) -> list[dict[str, Any]]:
    rng, lines = random.Random(0), []
    for stage, steps in stages:
        for step in range(1, steps + 1):
            loss = 0.8 + 2 * math.exp(-4 * step / steps) + rng.gauss(0, 0.15)
            lines.append({"stage": stage, "type": "step", "step": step, "loss": loss})
            if step % 50 == 0 or step == steps:
                lines.append({"stage": stage, "type": "evaluated", "step": step, "loss": loss, "best": step < steps})
    return lines


def size_of(png: Path) -> tuple[int, int]:
    """Width and height of a PNG that Pillow, which matplotlib brings, can decode to its last byte."""
    from PIL import Image

    with Image.open(png) as image:
        image.load()
        assert len(set(image.convert("RGB").resize((90, 30)).getdata())) > 5
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height


def test_losses_of_three_stages_stand_side_by_side(tmp_path: Path) -> None:
    metrics = run_of(("tool-use", 400), ("agentic", 150), ("full", 2000))
    assert loss_plot(metrics, tmp_path / "plots" / "loss.png", {"tool-use": 3.0})
    width, height = size_of(tmp_path / "plots" / "loss.png")
    assert width > 2 * height
    assert (tmp_path / "plots" / "loss.png").stat().st_size < 150_000


@pytest.mark.parametrize(
    "metrics",
    [
        run_of(("full", 1)),
        run_of(("full", 3)),
        run_of(("a $x_1$ stage", 60)),
        [{"stage": "full", "type": "evaluated", "step": 4, "loss": 1.0, "best": True}],
        [{"stage": "full", "type": "step", "step": 1, "loss": None}],
    ],
)
def test_little_is_drawn_too(tmp_path: Path, metrics: list[dict[str, Any]]) -> None:
    assert loss_plot(metrics, tmp_path / "loss.png")
    assert size_of(tmp_path / "loss.png")[0] > 400


def test_tool_calls_before_and_after(tmp_path: Path) -> None:
    results = [
        {"when": when, "exact": exact, "total": 64}
        for when, exact in (("base", 0), ("tool-use", 40), ("agentic", 38), ("full", 64))
    ]
    assert tool_call_plot(results, tmp_path / "calls.png")
    assert size_of(tmp_path / "calls.png")[0] > 400
    assert (tmp_path / "calls.png").stat().st_size < 150_000


def test_nothing_measured_draws_nothing(tmp_path: Path) -> None:
    assert not loss_plot([], tmp_path / "loss.png")
    assert not tool_call_plot([{"when": "base", "exact": 0, "total": 0}], tmp_path / "calls.png")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "plots").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write .*loss\.png: .*; free space or choose --output"):
        loss_plot(run_of(("full", 3)), tmp_path / "plots" / "loss.png")


def test_matplotlib_waits_until_something_is_drawn() -> None:
    imports = "import sys, vibecoder.reporting.page, vibecoder.reporting.plots"
    script = f"{imports}; print('matplotlib' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
