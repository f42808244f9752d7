"""Count the seconds that this process worked: time in which it was stopped (Ctrl-Z, `kill -STOP`) is left out.

Sleep and suspend of the machine are left out by the monotonic clock itself, on Linux and on macOS. Time in which the
process was stopped is not: it is seen as a gap between two beats of a thread in which the process used no processor.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

__all__ = ["WorkClock", "worked_seconds"]

TICK = 0.25
"""Seconds between two beats."""
PATIENCE = 8
"""Ticks without a beat from which on a gap may be a stop; a busy machine delays single beats."""
BUSY = 0.05
"""Share of a gap in processor time from which on it was work: a long call that held the interpreter's lock."""


class WorkClock:
    """Adds up the time between beats; calling it returns the seconds worked since it was made."""

    def __init__(
        self,
        tick: float = TICK,
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._tick, self._clock, self._processor = tick, clock, processor
        self._lock = threading.Lock()
        self._worked = 0.0
        self._last, self._used = clock(), processor()

    def __call__(self) -> float:
        """Return the seconds worked so far."""
        with self._lock:
            now, used = self._clock(), self._processor()
            gap = now - self._last
            is_work = gap <= PATIENCE * self._tick or used - self._used >= BUSY * gap
            self._worked += gap if is_work else self._tick
            self._last, self._used = now, used
            return self._worked

    def start(self) -> WorkClock:
        """Beat in a thread from now on; return the clock."""
        threading.Thread(target=self._beat, name="work clock", daemon=True).start()
        return self

    def _beat(self) -> None:
        while True:
            time.sleep(self._tick)
            self()


_clocks: dict[int, WorkClock] = {}
_starting = threading.Lock()


def worked_seconds() -> float:
    """Return the seconds that this process worked since it first asked; only differences mean something."""
    process = os.getpid()  # a fork has no threads, so it starts a clock of its own
    with _starting:
        if process not in _clocks:
            _clocks.clear()
            _clocks[process] = WorkClock().start()
    return _clocks[process]()
