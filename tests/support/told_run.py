"""A run as the host tells it to a display, with a clock that goes only when told to."""

from __future__ import annotations

from pathlib import Path

from vibecoder.progress.display import Progress
from vibecoder.progress.events import Probed, StageFinished, StageStarted
from vibecoder.runs.parts import Losses, StageRecord
from vibecoder.types import Evaluated, Saved, Stepped

__all__ = ["STARTED", "Clock", "step_of", "whole_run"]

STARTED = StageStarted(
    name="tool-use", index=1, count=3, steps=40, rows=612, supervised_share=0.383, tokens_per_step=[200] * 40
)
STAGE = StageRecord(
    name="tool-use",
    steps=40,
    seconds=80.0,
    tokens_per_second=100.0,
    peak_memory=2 * 2**30,
    best_step=40,
    held_out_loss=Losses(before=2.5, after=1.25),
)


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def step_of(step: int, seconds: float = 2.0, tokens: int = 200, loss: float = 2.0) -> Stepped:
    return Stepped(step, loss, tokens, 3 * tokens, 1e-3, 0.5, seconds, 2 * 2**30)


def whole_run(progress: Progress, clock: Clock) -> None:
    """A run as the host tells it: 40 steps of 2 s and 200 supervised tokens, two evaluations."""
    progress.notice("profile cpu-nano: no accelerator [at all]")
    with progress.busy("opening nano on mlx") as advance:
        clock.now += 12
        advance(1, 2)
    progress.show(STARTED)
    for step in range(1, 41):
        clock.now += 2
        progress.show(step_of(step))
        if step % 20 == 0:
            progress.show(Evaluated(step, 1.5 if step == 20 else 1.6, step == 20))
            progress.show(Saved(step, Path("checkpoint")))
            progress.show(Probed(step, 3, 8))
    progress.show(StageFinished(STAGE))
    progress.warning("the disk is nearly full")
    progress.close()
    progress.notice("adapter: runs/one/adapter")
