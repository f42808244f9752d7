"""Draw nano's measured loss curves from docs/nano-loss.json and docs/nano-tuning.json.

Run as: python scripts/nano/plot.py   (writes docs/nano-loss.png)
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

DOCS = Path(__file__).parents[2] / "docs"
WINDOW = 5  # One training loss is one batch; the mean of five shows the trend.
PLAIN_TALK = 1000  # the step of the tuning after which it was part of what nano read
MARKS = (  # minutes at which the sequences or the documents changed
    (36.9, "1,024 tokens"),
    (75.4, "2,048 tokens"),
    (82.0, "1,024, mostly chats with functions"),
    (151.8, "2,048 tokens"),
    (165.8, "1,024, more chats, longer paths"),
    (204.2, "2,048 tokens"),
)


def main() -> None:
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), width_ratios=(2, 1), layout="constrained")
    pretraining = json.loads((DOCS / "nano-loss.json").read_text())
    draw(left, pretraining, "held-out files")
    for minutes, text in MARKS:
        mark(left, next(point for point in pretraining if point["minutes"] >= minutes), text)
    tuning = json.loads((DOCS / "nano-tuning.json").read_text())
    draw(right, tuning, "held-out files, replies alone")
    mark(right, next(point for point in tuning if point["step"] > PLAIN_TALK), "with plain talk")
    left.set_ylabel("loss, nats a token")
    left.set_title("pretraining", fontsize=10)
    right.set_title("tuning", fontsize=10)
    figure.savefig(DOCS / "nano-loss.png", dpi=110)


def draw(axes: Axes, curve: list[dict[str, float]], held_out: str) -> None:
    """Draw the loss of batches, its trend and the held-out loss against tokens."""
    millions = [point["tokens"] / 1e6 for point in curve]
    losses = [point["loss"] for point in curve]
    smooth = [statistics.mean(losses[max(0, i - WINDOW) : i]) for i in range(1, len(losses) + 1)]
    held = [(m, point["held_out"]) for m, point in zip(millions, curve, strict=True) if point.get("held_out")]
    axes.plot(millions, losses, color="#9bbfd9", linewidth=0.8, label="training, one batch")
    axes.plot(millions, smooth, color="#1f6fa8", linewidth=1.6, label=f"training, mean of {WINDOW}")
    axes.plot(*zip(*held, strict=True), color="#c8501e", marker="o", markersize=3, label=held_out)
    axes.set_xlabel("million tokens")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def mark(axes: Axes, point: dict[str, float], text: str) -> None:
    at = point["tokens"] / 1e6
    axes.axvline(at, color="#999999", linewidth=0.8, linestyle=":")
    axes.text(at, axes.get_ylim()[1], f"{text} ", ha="right", va="top", rotation=90, fontsize=7, color="#666666")


if __name__ == "__main__":
    main()
