"""How fast and how long a run may train: a limit in hours, a share of the machine's time, and pauses on a signal."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Pace"]

_TICK = 0.2
_PAUSE = getattr(signal, "SIGUSR1", None)  # Windows has none


class Pace:
    """Asked after every step. While entered, SIGUSR1 (`kill -USR1 PID`) pauses after the step and goes on again.

    `max_hours` counts from entering (0: no limit), pauses included; `throttle` is the share of the time that is
    trained, the rest is slept.
    """

    def __init__(
        self,
        max_hours: float = 0.0,
        throttle: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds, self._throttle, self._clock, self._sleep = max_hours * 3600, throttle, clock, sleep
        self._begun = clock()
        self._previous: Any = None
        self.paused = False
        self.over = False

    def __enter__(self) -> Pace:
        self._begun = self._clock()
        if _PAUSE is not None and threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(_PAUSE, self._toggle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._previous is not None and _PAUSE is not None:
            signal.signal(_PAUSE, self._previous)

    def after_step(self, seconds: float, interrupted: Callable[[], str | None]) -> str | None:
        """Rest after a step that took `seconds`, wait through a pause, and say why to stop, or None."""
        self._rest(seconds * (1 / self._throttle - 1), interrupted)
        while self.paused and not interrupted() and not self._is_over():
            self._sleep(_TICK)
        if reason := interrupted():
            return reason
        self.over = self._is_over()
        return f"the {self._seconds / 3600:g} hours are over" if self.over else None

    def _rest(self, seconds: float, interrupted: Callable[[], str | None]) -> None:
        while seconds > 0 and not interrupted():
            self._sleep(min(_TICK, seconds))
            seconds -= _TICK

    def _is_over(self) -> bool:
        return self._seconds > 0 and self._clock() - self._begun >= self._seconds

    def _toggle(self, number: int, frame: FrameType | None) -> None:
        self.paused = not self.paused
        text = f"pausing after this step; kill -USR1 {os.getpid()} goes on" if self.paused else "going on"
        os.write(2, f"\n{text}\n".encode())  # a handler may have interrupted a print
