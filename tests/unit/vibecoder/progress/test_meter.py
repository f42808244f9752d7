"""The time left and the smoothed loss of a stage."""

from __future__ import annotations

import pytest

from support.told_run import Clock, step_of
from vibecoder.progress.meter import StageMeter


def meter_after(steps: int, plan: list[int] | None, pace: float = 0.01) -> tuple[StageMeter, Clock]:
    clock = Clock()
    meter = StageMeter("full", 10, plan, clock)
    for step in range(1, steps + 1):
        clock.now += pace * (plan[step - 1] if plan else 100)
        meter.observe(step_of(step))
    return meter, clock


def test_the_time_left_is_hidden_until_three_steps_are_measured() -> None:
    assert [meter_after(steps, None)[0].seconds_left() is None for steps in range(11)] == [
        True, True, True, True, False, False, False, False, False, False, True,
    ]  # fmt: skip


def test_the_time_left_follows_the_planned_tokens() -> None:
    meter, clock = meter_after(5, [100] * 5 + [1000] * 5)
    assert meter.seconds_left() == pytest.approx(50.0)
    clock.now += 20
    assert meter.seconds_left() == pytest.approx(30.0)
    clock.now += 200
    assert meter.seconds_left() == 0.0


def test_the_time_left_counts_evaluations_and_not_the_first_step() -> None:
    clock = Clock()
    meter = StageMeter("full", 10, None, clock)
    clock.now += 60
    meter.observe(step_of(1, seconds=60))
    for step in range(2, 6):
        clock.now += 1 + 2
        meter.observe(step_of(step, seconds=1))
    assert meter.seconds_left() == pytest.approx(5 * 3)


def test_a_loss_is_smoothed_from_the_first_value_on() -> None:
    meter = StageMeter("full", 10)
    meter.observe(step_of(1, loss=4.0))
    assert meter.loss == pytest.approx(4.0)
    meter.observe(step_of(2, loss=2.0))
    assert meter.loss == pytest.approx((0.9 * 0.1 * 4 + 0.1 * 2) / (0.9 * 0.1 + 0.1))
