"""The two pictures of a report: losses of every stage, and held-out tool calls before and after each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import OutputError
from vibecoder.runs.metrics import by_stage, wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["loss_plot", "tool_call_plot"]

_TRAIN, _HELD_OUT, _BEFORE, _INK, _GRID = "#3b6fb6", "#d9541e", "#9aa5b1", "#24292f", "#e3e6ea"
_DPI = 110


def loss_plot(metrics: Sequence[Mapping[str, Any]], path: Path, before: Mapping[str, float] | None = None) -> bool:
    """Draw training and held-out loss, one panel a stage, to the PNG `path`; False where there is nothing to draw.

    `before` is the held-out loss at a stage's beginning, by stage.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.ticker import MaxNLocator

    steps, held_out = by_stage(metrics, "step"), by_stage(metrics, "evaluated")
    names = list(dict.fromkeys([*steps, *held_out]))
    if not names:
        return False
    figure = _figure(width=max(5.2, 1.2 + 2.9 * len(names)))
    panels: Sequence[Axes] = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, names, strict=True):
        _training(panel, steps.get(name, []))
        _evaluations(panel, held_out.get(name, []), (before or {}).get(name))
        panel.set_title(name, fontsize=10, color=_INK, parse_math=False)
        panel.set_xlabel("step", color=_INK)
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.set_xmargin(0.03)
    panels[0].set_ylabel("loss (nats per supervised token)", color=_INK)
    pairs = [pair for panel in panels for pair in zip(*panel.get_legend_handles_labels(), strict=True)]
    handles = {label: handle for handle, label in pairs}
    panels[-1].legend(handles.values(), handles.keys(), frameon=False, fontsize=8, loc="upper right")
    return _save(figure, path)


def tool_call_plot(results: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Draw the share of exact held-out tool calls, a bar for each measurement, with 95% Wilson intervals.

    `results` holds `when`, `exact` and `total`; False where there is nothing to draw.

    Raises:
        OutputError: the file cannot be written.
    """
    results = [result for result in results if result.get("total")]
    if not results:
        return False
    figure = _figure(width=max(4.0, 1.4 + 1.3 * len(results)))
    panel: Axes = figure.subplots()
    for at, result in enumerate(results):
        exact, total, when = result.get("exact", 0), result["total"], str(result.get("when", ""))
        share = 100 * exact / total
        low, high = (100 * end for end in wilson_interval(exact, total))
        panel.bar(at, share, width=0.62, color=_BEFORE if when == "base" else _TRAIN)
        whiskers = [[max(0.0, share - low)], [max(0.0, high - share)]]
        panel.errorbar(at, share, yerr=whiskers, color=_INK, capsize=4, linewidth=1.2)
        panel.text(at, high + 2, f"{share:.0f}%\n{exact}/{total}", ha="center", va="bottom", fontsize=9, color=_INK)
    labels = ["base" if r.get("when") == "base" else f"after\n{r.get('when')}" for r in results]
    panel.set_xticks(range(len(results)), labels, color=_INK, parse_math=False)
    panel.set_xlim(-0.6, len(results) - 0.4)
    panel.set_ylim(0, 122)
    panel.set_yticks(range(0, 101, 25), [f"{tick}%" for tick in range(0, 101, 25)])
    panel.tick_params(axis="x", length=0)
    panel.set_title("held-out tool calls exactly right", fontsize=10, color=_INK)
    return _save(figure, path)


def _training(panel: Axes, events: Sequence[Mapping[str, Any]]) -> None:
    points = [(e["step"], e["loss"]) for e in events if e.get("loss") is not None]
    if not points:
        return
    step, loss = np.array(points, np.float64).T
    panel.plot(step, loss, color=_TRAIN, alpha=0.28, linewidth=0.9)
    panel.plot(step, _smoothed(loss), color=_TRAIN, linewidth=1.9, label="training, smoothed")


def _evaluations(panel: Axes, events: Sequence[Mapping[str, Any]], before: float | None) -> None:
    points = [(e["step"], e["loss"]) for e in events if e.get("loss") is not None]
    points = [(0, before), *points] if before is not None else points
    if not points:
        return
    step, loss = np.array(points, np.float64).T
    panel.plot(step, loss, color=_HELD_OUT, linewidth=1, marker="o", markersize=4.5, label="held out")
    best = [e for e in events if e.get("best") and e.get("loss") is not None]
    if best:
        panel.plot(
            best[-1]["step"],
            best[-1]["loss"],
            linestyle="none",
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor=_HELD_OUT,
            label="lowest held out",
        )


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A centred Gaussian average, a thirtieth of the stage wide, whose weights end with the data."""
    sigma = max(1.0, len(values) / 30)
    reach = math.ceil(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    total = np.convolve(values, kernel)[reach : reach + len(values)]
    weight = np.convolve(np.ones_like(values), kernel)[reach : reach + len(values)]
    return np.asarray(total / weight)


def _figure(width: float) -> Figure:
    # No pyplot: a figure of its own needs no display, no global state and no clean-up.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, 3.3), dpi=_DPI, layout="constrained", facecolor="white")


def _save(figure: Figure, path: Path) -> bool:
    for panel in figure.axes:
        panel.grid(axis="y", color=_GRID, linewidth=0.8)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color("#8b949e")
        panel.tick_params(colors=_INK, labelsize=9)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png", metadata={"Software": None})
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; free space or choose --output") from error
    return True
