"""The picture of a comparison: one line a suite and category, the difference and its 95% interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibecoder.errors import OutputError
from vibecoder.evaluate.comparing.compare import ModelComparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["comparison_plot"]

_BETTER, _WORSE, _OPEN, _INK, _GRID = "#3b6fb6", "#d9541e", "#9aa5b1", "#24292f", "#e3e6ea"
_DPI = 110


def comparison_plot(comparison: ModelComparison, path: Path) -> None:
    """Draw the rows to the PNG `path`; grey where the interval holds zero, which settles nothing.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    rows = comparison.rows
    figure = Figure(figsize=(8.2, 1.4 + 0.34 * len(rows)), dpi=_DPI, layout="constrained", facecolor="white")
    panel: Axes = figure.subplots()
    panel.axvline(0, color=_INK, linewidth=1)
    for at, row in enumerate(rows):
        change = row.change
        colour = _OPEN if not change.settled else _BETTER if change.difference > 0 else _WORSE
        middle, low, high = (100 * value for value in (change.difference, change.low, change.high))
        panel.plot([low, high], [at, at], color=colour, linewidth=2.2, solid_capstyle="round")
        panel.plot(middle, at, marker="o", markersize=6.5, color=colour)
        panel.text(
            1.02,
            at,
            f"{change.base:.0%} to {change.tuned:.0%}  (n = {change.prompts})",
            transform=panel.get_yaxis_transform(),
            va="center",
            fontsize=9,
            color=_INK,
        )
    labels = [f"   {row.category}" if row.category else row.title for row in rows]
    panel.set_yticks(range(len(rows)), labels, color=_INK, fontsize=9, parse_math=False)
    for label, row in zip(panel.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if row.category else "bold")
    panel.set_ylim(len(rows) - 0.4, -0.6)
    reach = max(10.0, *(100 * abs(end) for row in rows for end in (row.change.low, row.change.high)))
    panel.set_xlim(-1.08 * reach, 1.08 * reach)
    panel.set_xlabel("change in percentage points, with its 95% interval (paired bootstrap)", color=_INK, fontsize=9)
    panel.grid(axis="x", color=_GRID, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.tick_params(axis="x", colors=_INK, labelsize=9)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png", metadata={"Software": None})
    except OSError as error:
        raise OutputError.of(path, error) from error
