"""Draw nano's measured loss curve from docs/nano-loss.json.

Run as: python scripts/nano/plot.py   (writes docs/nano-loss.png)
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

DOCS = Path(__file__).parents[2] / "docs"
WINDOW = 5  # One training loss is one batch; the mean of five shows the trend.
MARKS = (  # minutes at which the sequences or the documents changed
    (36.9, "1,024 tokens"),
    (75.4, "2,048 tokens"),
    (82.0, "1,024, mostly chats with functions"),
    (151.8, "2,048 tokens"),
    (165.8, "1,024, more chats, longer paths"),
    (204.2, "2,048 tokens"),
)


def main() -> None:
    curve = json.loads((DOCS / "nano-loss.json").read_text())
    millions = [point["tokens"] / 1e6 for point in curve]
    losses = [point["loss"] for point in curve]
    smooth = [statistics.mean(losses[max(0, i - WINDOW) : i]) for i in range(1, len(losses) + 1)]
    held = [(m, point["held_out"]) for m, point in zip(millions, curve, strict=True) if point["held_out"]]

    figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    axes.plot(millions, losses, color="#9bbfd9", linewidth=0.8, label="training, one batch")
    axes.plot(millions, smooth, color="#1f6fa8", linewidth=1.6, label=f"training, mean of {WINDOW}")
    axes.plot(*zip(*held, strict=True), color="#c8501e", marker="o", markersize=3, label="held-out files")
    for minutes, text in MARKS:
        at = next(m for m, point in zip(millions, curve, strict=True) if point["minutes"] >= minutes)
        axes.axvline(at, color="#999999", linewidth=0.8, linestyle=":")
        axes.text(at, max(losses), f"{text} ", ha="right", va="top", rotation=90, fontsize=7, color="#666666")
    axes.set_xlabel("million tokens")
    axes.set_ylabel("loss, nats a token")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(DOCS / "nano-loss.png", dpi=110)


if __name__ == "__main__":
    main()
