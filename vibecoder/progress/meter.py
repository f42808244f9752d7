"""The numbers a display shows while a stage trains, from its events and a clock, and how they are written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from vibecoder.system.units import duration, memory, rate
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
        clock: Callable[[], float] = time.monotonic,
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
        """Planned work not yet done at the pace measured so far, or None until three steps are measured."""
        if not self._first or not self._first[0] + _MEASURED_STEPS <= self.step < self.steps:
            return None
        first, begun = self._first
        done = self._work[self.step] - self._work[first]
        if done <= 0:
            return None
        pace = (self._last - begun) / done
        return max(0.0, (self._work[-1] - self._work[self.step]) * pace - (self._clock() - self._last))


def status(meter: StageMeter) -> list[str]:
    """What is known of a stage's loss, speed and memory, a few words each."""
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


def stage_summary(entry: Mapping[str, Any]) -> list[str]:
    """How a stage went, a few words each; what `entry` does not have is left out."""
    losses, parts = entry.get("held_out_loss") or {}, []
    before, after = losses.get("before"), losses.get("after")
    if before is not None and after is not None:
        best = f" (best at step {entry['best_step']})" if entry.get("best_step") else ""
        parts.append(f"held-out loss {before:.3f} -> {after:.3f}{best}")
    if entry.get("steps") is not None:
        spent = f" in {duration(entry['seconds'])}" if entry.get("seconds") is not None else ""
        parts.append(f"{entry['steps']} steps{spent}")
    if entry.get("tokens_per_second"):
        parts.append(f"{rate(entry['tokens_per_second'])} supervised tok/s")
    if entry.get("peak_memory"):
        parts.append(f"peak {memory(entry['peak_memory'])}")
    return parts
