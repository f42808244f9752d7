"""Draw a dataset's figures: rows by kind, lengths against the limit, supervised share, verification."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vibecoder.dataset.stats import DatasetStats
from vibecoder.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["stats_plot"]

_SHADES = ("#8fb3dd", "#b7cfea", "#d9e6f4", "#a3c1e4")
_BLUE = "#3b6fb6"
_LIMIT, _INK, _GRID = "#d9541e", "#24292f", "#e3e6ea"
_DPI = 110


def stats_plot(stats: DatasetStats, path: Path) -> None:
    """Draw the four panels to the PNG `path`.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7.2), dpi=_DPI, layout="constrained", facecolor="white")
    panels = figure.subplots(2, 2, squeeze=False)
    _kinds(panels[0][0], stats)
    _lengths(panels[0][1], stats)
    _supervised(panels[1][0], stats)
    _checks(panels[1][1], stats)
    for panel in figure.axes:
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color("#8b949e")
        panel.tick_params(colors=_INK, labelsize=8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png", metadata={"Software": None})
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; choose another with --png") from error


def _kinds(panel: Axes, stats: DatasetStats) -> None:
    """Draw a bar for each category, split by sub-category and named where there is room."""
    parts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (category, subcategory, _), count in stats.kinds.items():
        parts[category][subcategory] += count
    widest = max((sum(part.values()) for part in parts.values()), default=1)
    names = sorted(parts, key=lambda name: sum(parts[name].values()))
    for at, part in enumerate(parts[name] for name in names):
        left = 0
        for number, (subcategory, count) in enumerate(sorted(part.items(), key=lambda item: -item[1])):
            panel.barh(at, count, left=left, color=_SHADES[number % len(_SHADES)], edgecolor="white", linewidth=0.6)
            if count > 0.012 * widest * len(subcategory):
                middle = left + count / 2
                panel.text(
                    middle, at, subcategory, ha="center", va="center", fontsize=6.5, color=_INK, parse_math=False
                )
            left += count
        panel.text(left + 0.01 * widest, at, f"{left:,}", va="center", fontsize=8, color=_INK)
    panel.set_yticks(range(len(names)), names, parse_math=False)
    panel.set_title(f"{stats.rows:,} rows by category and sub-category", fontsize=10, color=_INK)
    panel.set_xlim(0, 1.12 * widest)


def _lengths(panel: Axes, stats: DatasetStats) -> None:
    longest = max(stats.percentile(100), stats.max_length)
    panel.hist(stats.lengths, bins=np.linspace(0, longest, 49).tolist(), color=_BLUE)
    panel.axvline(stats.max_length, color=_LIMIT, linewidth=1.4, label=f"max_length {stats.max_length:,}")
    median = stats.percentile(50)
    panel.axvline(median, color=_INK, linewidth=1, linestyle="--", label=f"median {median:,}")
    panel.set_title(f"length in tokens; {stats.too_long:,} over the limit", fontsize=10, color=_INK)
    panel.set_ylabel("rows", fontsize=9, color=_INK)
    panel.grid(axis="y", color=_GRID, linewidth=0.8)
    panel.legend(frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(0.93, 0.85))


def _supervised(panel: Axes, stats: DatasetStats) -> None:
    """Draw a box for each category: the supervised share of each row."""
    shares: defaultdict[str, list[float]] = defaultdict(list)
    for category, length, learnt in zip(stats.of, stats.lengths, stats.supervised, strict=True):
        shares[category].append(100 * float(learnt) / max(1, int(length)))
    names = sorted(shares, key=lambda name: float(np.median(shares[name])))
    if names:
        boxes = panel.boxplot(
            [shares[name] for name in names], orientation="horizontal", patch_artist=True, showfliers=False, widths=0.6
        )
        for box in boxes["boxes"]:
            box.set(facecolor=_SHADES[2], edgecolor=_BLUE)
        for line in boxes["medians"]:
            line.set(color=_INK)
    panel.set_yticks(range(1, len(names) + 1), names, parse_math=False)
    panel.set_xlim(left=0)
    panel.set_xlabel("% of a row's tokens", fontsize=9, color=_INK)
    panel.set_title(f"supervised; {stats.supervised_share:.1%} of all tokens", fontsize=10, color=_INK)
    panel.grid(axis="x", color=_GRID, linewidth=0.8)


def _checks(panel: Axes, stats: DatasetStats) -> None:
    """Draw percentages: rows by verification, near-duplicate texts, distinct-2."""
    bars = [(level, 100 * count / max(1, stats.rows)) for level, count in stats.verification.items()]
    for role, words in stats.words.items():
        bars += [(f"{role}: near at {threshold}", 100 * part) for threshold, part in words.near.items()]
        bars.append((f"{role}: distinct-2", 100 * words.distinct))
    for at, (_, percent) in enumerate(reversed(bars)):
        panel.barh(at, percent, color=_BLUE, height=0.62)
        panel.text(percent + 1, at, f"{percent:.1f}%", va="center", fontsize=8, color=_INK)
    panel.set_yticks(range(len(bars)), [name for name, _ in reversed(bars)])
    panel.set_xlim(0, 112)
    panel.set_title("verification, near-duplicates, diversity", fontsize=10, color=_INK)
