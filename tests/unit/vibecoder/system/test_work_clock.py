import os
import signal
import subprocess
import sys
import time

import pytest

from vibecoder.system.work_clock import WorkClock, worked_seconds

_REPORTS = """
import sys, time
from vibecoder.system.work_clock import WorkClock
clock = WorkClock(tick=0.02).start()
begun = time.monotonic()
for line in sys.stdin:
    print(time.monotonic() - begun, clock(), flush=True)
"""


class _Times:
    """A wall clock and a processor clock that a test sets."""

    def __init__(self) -> None:
        self.wall, self.used = 100.0, 5.0

    def passes(self, wall: float, used: float = 0.0) -> None:
        self.wall, self.used = self.wall + wall, self.used + used


@pytest.fixture
def times() -> _Times:
    return _Times()


@pytest.fixture
def clock(times: _Times) -> WorkClock:
    return WorkClock(tick=0.25, clock=lambda: times.wall, processor=lambda: times.used)


def test_time_between_beats_counts(times: _Times, clock: WorkClock) -> None:
    times.passes(0.25)
    clock()
    times.passes(1.9)
    assert clock() == pytest.approx(2.15)


def test_a_stop_counts_as_one_tick(times: _Times, clock: WorkClock) -> None:
    times.passes(1.0)
    clock()
    times.passes(2500, 0.01)
    assert clock() == pytest.approx(1.25)


def test_a_long_call_that_used_the_processor_counts(times: _Times, clock: WorkClock) -> None:
    times.passes(40, 39)
    assert clock() == pytest.approx(40)


def test_it_never_runs_backwards() -> None:
    assert worked_seconds() <= worked_seconds()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="the system cannot stop a process")
def test_a_process_that_was_stopped_has_not_worked_meanwhile() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _REPORTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def asked() -> tuple[float, float]:
        print(file=process.stdin, flush=True)
        wall, worked = map(float, process.stdout.readline().split())
        return wall, worked

    wall, worked = asked()
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(process.pid, signal.SIGCONT)
    later_wall, later_worked = asked()
    process.communicate()
    assert later_wall - wall > 1.4
    assert later_worked - worked < 0.7
