"""Receive what a backend reports while a stage trains: write metrics, update the display, decide when to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vibecoder.evaluate import CallScore
from vibecoder.progress.display import Progress
from vibecoder.progress.events import Probed
from vibecoder.running.interrupts import Interrupts
from vibecoder.running.pace import Pace
from vibecoder.runs.metrics import MetricsWriter
from vibecoder.system.swap import SwapWatch
from vibecoder.types import Event, Saved, Stepped

__all__ = ["StageEvents"]


class StageEvents:
    """Forwards a stage's events to metrics and display; `score` judges the replies made at a save."""

    def __init__(
        self,
        stage: str,
        metrics: MetricsWriter,
        progress: Progress,
        interrupts: Interrupts,
        pace: Pace,
        score: Callable[[Sequence[Sequence[int]]], CallScore],
    ) -> None:
        self._stage, self._metrics, self._progress, self._interrupts = stage, metrics, progress, interrupts
        self._score = score
        self._pace, self._swap, self._step_seconds = pace, SwapWatch(), 0.0

    def emit(self, event: Event) -> None:
        if isinstance(event, Stepped):
            self._step_seconds = event.seconds
            if warning := self._swap.warning():
                self._progress.warning(warning)
        self._metrics.write(self._stage, event)
        self._progress.show(event)
        if isinstance(event, Saved) and event.replies:
            score = self._score(event.replies)
            self._metrics.write_probe(self._stage, event.step, score.exact, score.total)
            self._progress.show(Probed(event.step, score.exact, score.total))

    def should_stop(self) -> str | None:
        return self._pace.after_step(self._step_seconds, lambda: self._interrupts.reason)
