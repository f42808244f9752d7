"""Draw the report's charts as SVG files: losses of every stage, and held-out tool calls before and after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from vibecoder.errors import OutputError
from vibecoder.reporting.summary import losses_before
from vibecoder.reporting.svg import PANEL, loss_panels
from vibecoder.runs.metrics import wilson_interval
from vibecoder.runs.parts import CallMeasurement
from vibecoder.runs.record import RunRecord

__all__ = ["loss_chart", "tool_call_chart", "write_charts"]

_STYLE = """
svg { background: #ffffff; --ink: #24292f; --soft: #59636e; --line: #e3e6ea; --blue: #2f66b0; --orange: #c2410c;
  --grey: #9aa5b1; font-family: system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { background: #0f1318; --ink: #e6e9ed; --soft: #9aa4b0; --line: #2b323c;
  --blue: #79aef2; --orange: #f59e6b; --grey: #7d8792; } }
text { fill: var(--soft); font-size: 10px; } text.title { fill: var(--ink); font-size: 12px; font-weight: 600; }
.grid { stroke: var(--line); } polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.training, .key.training { stroke: var(--blue); } polyline.held-out, .key.held-out { stroke: var(--orange); }
circle.held-out { fill: var(--orange); } .key { stroke-width: 2.5; } .bar { fill: var(--blue); }
.bar.base { fill: var(--grey); } .whisker { stroke: var(--ink); stroke-width: 1.2; }
"""
_TITLE, _GAP = 22, 14
_BAR, _STEP, _LEFT, _TOP, _HEIGHT = 56, 92, 46, 34, 170


def write_charts(folder: Path, record: RunRecord, metrics: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Write `plots/*.svg` of a run and return (title, path below `folder`) of those that have something to show.

    Raises:
        OutputError: a file cannot be written.
    """
    charts = (
        (
            "Held-out tool calls exactly right, before and after each stage",
            "plots/tool_calls.svg",
            tool_call_chart(record.measurements),
        ),
        (
            "Training and held-out loss of each stage",
            "plots/loss.svg",
            loss_chart(metrics, losses_before(record)),
        ),
    )
    written = []
    for title, name, drawing in charts:
        if drawing:
            path = folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(drawing, encoding="utf-8")
            except OSError as error:
                raise OutputError.of(path, error) from error
            written.append((title, name))
    return written


def loss_chart(metrics: Sequence[Mapping[str, Any]], before: Mapping[str, float]) -> str:
    """Draw training and held-out loss, one panel a stage on one scale; "" where there is nothing to draw.

    `before` is the held-out loss at a stage's beginning, by stage.
    """
    panels = loss_panels(metrics, before)
    if not panels:
        return ""
    width, height = PANEL
    parts = []
    for at, (name, drawing) in enumerate(panels):
        x = at * (width + _GAP)
        parts.append(f'<text class="title" x="{x + 40}" y="15">{escape(name)}</text>')
        placed = f'<svg x="{x}" y="{_TITLE}" width="{width}" height="{height}" '
        parts.append(drawing.replace("<svg ", placed, 1))
    bottom = _TITLE + height + 14
    for at, (kind, label) in enumerate((("training", "training"), ("held-out", "held out"))):
        x = 40 + 80 * at
        parts.append(f'<line class="key {kind}" x1="{x}" y1="{bottom - 3}" x2="{x + 16}" y2="{bottom - 3}"/>')
        parts.append(f'<text x="{x + 21}" y="{bottom}">{label}</text>')
    parts.append(f'<text x="210" y="{bottom}">nats per supervised token</text>')
    total = len(panels) * (width + _GAP) - _GAP
    return _svg(total, bottom + 8, "Training and held-out loss", parts)


def tool_call_chart(results: Sequence[CallMeasurement]) -> str:
    """Draw the share of exact held-out tool calls, a bar for each measurement with its 95% Wilson interval."""
    results = [result for result in results if result.total]
    if not results:
        return ""
    width = _LEFT + _STEP * len(results) + 10

    def y(share: float) -> float:
        return _TOP + _HEIGHT * (1 - share)

    parts = ['<text class="title" x="10" y="16">held-out tool calls exactly right</text>']
    for tick in range(0, 101, 25):
        parts.append(
            f'<line class="grid" x1="{_LEFT}" y1="{y(tick / 100):.1f}" x2="{width}" y2="{y(tick / 100):.1f}"/>'
        )
        parts.append(f'<text x="{_LEFT - 6}" y="{y(tick / 100) + 3.5:.1f}" text-anchor="end">{tick}%</text>')
    for at, result in enumerate(results):
        share = result.exact / result.total
        low, high = wilson_interval(result.exact, result.total)
        left, middle = _LEFT + _STEP * at + (_STEP - _BAR) / 2, _LEFT + _STEP * (at + 0.5)
        kind = "bar base" if result.is_base else "bar"
        parts.append(
            f'<rect class="{kind}" x="{left}" y="{y(share):.1f}" width="{_BAR}" height="{_HEIGHT * share:.1f}"/>'
        )
        parts.append(f'<line class="whisker" x1="{middle}" y1="{y(low):.1f}" x2="{middle}" y2="{y(high):.1f}"/>')
        label = f"{share:.0%} ({result.exact}/{result.total})"
        parts.append(f'<text x="{middle}" y="{y(high) - 5:.1f}" text-anchor="middle">{label}</text>')
        when = "base" if result.is_base else f"after {result.when}"
        parts.append(f'<text x="{middle}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{escape(when)}</text>')
    return _svg(width, _TOP + _HEIGHT + 26, "Held-out tool calls exactly right", parts)


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{title}</title><style>{_STYLE}</style>{"".join(parts)}</svg>\n'
    )
