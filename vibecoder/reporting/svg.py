"""Draw the parts of the reports as SVG that follows light and dark: losses by stage, intervals by category."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from vibecoder.runs.metrics import by_stage

__all__ = ["PANEL", "interval_bar", "loss_panels"]

PANEL = _WIDTH, _HEIGHT = 300, 190
"""Width and height of a panel."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 12, 26
_POINTS = 160


def loss_panels(metrics: Sequence[Mapping[str, Any]], before: Mapping[str, float]) -> list[tuple[str, str]]:
    """Draw a panel for each stage that has losses, all on one vertical scale; return (name, drawing) of each.

    `before` is the held-out loss at a stage's beginning. Losses that are not finite are left out.
    """
    steps, held = by_stage(metrics, "step"), by_stage(metrics, "evaluated")
    panels = []
    for name in dict.fromkeys([*steps, *held]):
        training = _points(steps.get(name, ()))
        held_out = _points(held.get(name, ()))
        if name in before and math.isfinite(before[name]):
            held_out = [(0.0, before[name]), *held_out]
        if training or held_out:
            panels.append((name, training, held_out))
    losses = [loss for _, training, held_out in panels for _, loss in (*training, *held_out)]
    if not losses:
        return []
    top = max(losses) * 1.05 or 1.0
    return [(name, _panel(name, training, held_out, top)) for name, training, held_out in panels]


def interval_bar(difference: float, low: float, high: float, reach: float) -> str:
    """Draw a change with its interval on an axis from -`reach` to `reach`, zero in the middle."""

    def x(value: float) -> float:
        return 100 + 96 * max(-1.0, min(1.0, value / reach))

    kind = "open" if low <= 0 <= high else "better" if difference > 0 else "worse"
    label = f"{100 * difference:+.1f} points, from {100 * low:+.1f} to {100 * high:+.1f}"
    return (
        f'<svg class="bar {kind}" viewBox="0 0 200 16" role="img" aria-label="{label}">'
        '<line class="zero" x1="100" y1="0" x2="100" y2="16"/>'
        f'<line class="range" x1="{x(low):.1f}" y1="8" x2="{x(high):.1f}" y2="8"/>'
        f'<circle cx="{x(difference):.1f}" cy="8" r="4.5"/></svg>'
    )


def _points(events: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Average losses into at most `_POINTS` points (step, loss)."""
    found = [(float(e["step"]), float(e["loss"])) for e in events if e.get("loss") is not None]
    found = [point for point in found if math.isfinite(point[1])]
    size = max(1, math.ceil(len(found) / _POINTS))
    parts = [found[at : at + size] for at in range(0, len(found), size)]
    return [(part[-1][0], sum(loss for _, loss in part) / len(part)) for part in parts]


def _panel(
    name: str, training: Sequence[tuple[float, float]], held_out: Sequence[tuple[float, float]], top: float
) -> str:
    last = max([step for step, _ in (*training, *held_out)]) or 1.0

    def place(point: tuple[float, float]) -> tuple[float, float]:
        step, loss = point
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / last
        return across, _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - loss / top)

    parts = [f'<svg class="loss" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="losses of {escape(name)}">']
    for value in _ticks(top):
        _, y = place((0, value))
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{value:g}</text>')
    bottom = _HEIGHT - 8
    parts.append(f'<text x="{_LEFT}" y="{bottom}" text-anchor="middle">0</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{bottom}" text-anchor="end">step {last:g}</text>')
    for kind, points in (("training", training), ("held-out", held_out)):
        placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, points))
        parts.append(f'<polyline class="{kind}" points="{placed}"/>')
    parts += [f'<circle class="held-out" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>' for x, y in map(place, held_out)]
    return "".join([*parts, "</svg>"])


def _ticks(top: float) -> list[float]:
    """Choose three to six round values from 0 up to `top`."""
    rough = top / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [round(step * at, 10) for at in range(int(top / step) + 1)]
