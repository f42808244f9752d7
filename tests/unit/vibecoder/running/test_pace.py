"""Hours that are over, a share of the time, and pauses on a signal, with a clock that the test moves."""

from __future__ import annotations

import os
import signal

import pytest

from vibecoder.running.pace import Pace


class Clock:
    """Time that only sleeping and `at` move."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def go_on() -> None:
    return None


def test_without_settings_nothing_is_slept_or_stopped() -> None:
    clock = Clock()
    with Pace(0.0, 1.0, clock.now, clock.sleep) as pace:
        clock.at = 1e9
        assert pace.after_step(60.0, go_on) is None
    assert clock.at == 1e9


def test_the_run_stops_after_the_step_in_which_the_hours_end() -> None:
    clock = Clock()
    with Pace(1.5, 1.0, clock.now, clock.sleep) as pace:
        clock.at = 5399.0
        assert pace.after_step(10.0, go_on) is None
        clock.at = 5400.0
        assert pace.after_step(10.0, go_on) == "the 1.5 hours are over"
        assert pace.over


@pytest.mark.parametrize(("share", "slept"), [(1.0, 0.0), (0.5, 10.0), (0.25, 30.0)])
def test_a_share_of_the_time_is_slept(share: float, slept: float) -> None:
    clock = Clock()
    with Pace(0.0, share, clock.now, clock.sleep) as pace:
        pace.after_step(10.0, go_on)
    assert clock.at == pytest.approx(slept)


def test_an_interrupt_ends_a_rest_and_comes_first() -> None:
    clock = Clock()
    with Pace(1.0, 0.01, clock.now, clock.sleep) as pace:
        clock.at = 7200.0
        assert pace.after_step(10.0, lambda: "interrupted" if clock.at > 7201 else None) == "interrupted"
        assert clock.at < 7202
        assert not pace.over


def test_a_signal_pauses_and_the_next_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    before = signal.getsignal(signal.SIGUSR1)

    def sleep(seconds: float) -> None:
        clock.at += seconds
        if clock.at > 100:
            os.kill(os.getpid(), signal.SIGUSR1)

    with Pace(0.0, 1.0, clock.now, sleep) as pace:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert pace.paused
        assert pace.after_step(1.0, go_on) is None
        assert not pace.paused
    assert clock.at > 100
    assert signal.getsignal(signal.SIGUSR1) == before
    said = capfd.readouterr().err
    assert f"kill -USR1 {os.getpid()} goes on" in said
    assert said.endswith("going on\n")


def test_hours_end_a_pause() -> None:
    clock = Clock()
    with Pace(1.0, 1.0, clock.now, clock.sleep) as pace:
        pace.paused = True
        assert pace.after_step(1.0, go_on) == "the 1 hours are over"
