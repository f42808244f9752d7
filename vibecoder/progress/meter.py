"""Measure a stage while it trains, from its events and a clock: smoothed loss, speed, memory, time left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate

from vibecoder.runs.parts import StageRecord
from vibecoder.system.units import duration, memory, rate
from vibecoder.system.work_clock import worked_seconds
from vibecoder.types import Evaluated, Event, Stepped

__all__ = ["StageMeter", "stage_summary", "status"]

_SMOOTHING = 0.9
_RATE_STEPS = 20
_MEASURED_STEPS = 3


class StageMeter:
    """One stage as it goes: `step`, smoothed `loss`, last `held_out` loss, `tokens_per_second`, `peak_memory` in bytes.

    `tokens_per_step` [steps] weighs the steps for the time left; without it they count alike.
    """

    def __init__(
        self,
        name: str,
        steps: int,
        tokens_per_step: Sequence[int] | None = None,
        clock: Callable[[], float] = worked_seconds,
    ) -> None:
        self.name, self.steps = name, steps
        self.step = 0
        self.loss: float | None = None
        self.held_out: float | None = None
        self.tokens_per_second: float | None = None
        self.peak_memory = 0
        self._clock = clock
        self._work = [0, *accumulate(tokens_per_step or [1] * steps)]
        self._average, self._weight = 0.0, 0.0
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RATE_STEPS)
        self._first: tuple[int, float] | None = None
        self._last = 0.0

    def resumed(self, step: int) -> None:
        self.step = step

    def observe(self, event: Event) -> None:
        if isinstance(event, Evaluated):
            self.held_out = event.loss
        elif isinstance(event, Stepped):
            self._average = _SMOOTHING * self._average + (1 - _SMOOTHING) * event.loss
            self._weight = _SMOOTHING * self._weight + (1 - _SMOOTHING)
            self._recent.append((event.tokens, event.seconds))
            seconds = sum(s for _, s in self._recent)
            self.loss = self._average / self._weight
            self.tokens_per_second = sum(t for t, _ in self._recent) / seconds if seconds > 0 else None
            self.peak_memory = max(self.peak_memory, event.peak_memory)
            self._last = self._clock()
            # The clock runs from the end of the first step, which also compiles and allocates, and through evaluations.
            self._first = self._first or (event.step, self._last)
            self.step = event.step

    def seconds_left(self) -> float | None:
        """Estimate the time left at the pace so far, or return None until three steps are measured."""
        if not self._first or not self._first[0] + _MEASURED_STEPS <= self.step < self.steps:
            return None
        first, begun = self._first
        done = self._work[self.step] - self._work[first]
        if done <= 0:
            return None
        pace = (self._last - begun) / done
        return max(0.0, (self._work[-1] - self._work[self.step]) * pace - (self._clock() - self._last))


def status(meter: StageMeter) -> list[str]:
    """List the loss, speed and memory known so far, a few words each."""
    parts = []
    if meter.loss is not None:
        parts.append(f"loss {meter.loss:.3f}")
    if meter.held_out is not None:
        parts.append(f"held-out {meter.held_out:.3f}")
    if meter.tokens_per_second is not None:
        parts.append(f"{rate(meter.tokens_per_second)} supervised tok/s")
    if meter.peak_memory:
        parts.append(f"peak {memory(meter.peak_memory)}")
    return parts


def stage_summary(stage: StageRecord) -> list[str]:
    """Summarize a stage in parts of a few words each; what was not measured is left out."""
    parts = []
    before, after = stage.held_out_loss.before, stage.held_out_loss.after
    if before is not None and after is not None:
        best = f" (best at step {stage.best_step})" if stage.best_step else ""
        parts.append(f"held-out loss {before:.3f} -> {after:.3f}{best}")
    if stage.steps is not None:
        spent = f" in {duration(stage.seconds)}" if stage.seconds is not None else ""
        parts.append(f"{stage.steps} steps{spent}")
    if stage.tokens_per_second:
        parts.append(f"{rate(stage.tokens_per_second)} supervised tok/s")
    if stage.peak_memory:
        parts.append(f"peak {memory(stage.peak_memory)}")
    return parts
