"""The gate's rule on simulated verdicts: harmless stages pass, harmful ones never do, and every reason is given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.verdicts import verdict, verdicts
from vibecoder.evaluate.gate.label_fit import LabelFit
from vibecoder.evaluate.gate.rule import GateLimits, StageEvidence, decide
from vibecoder.evaluate.types import Verdict
from vibecoder.runs.codec import encode

LIMITS = GateLimits()
SUITES = {"static": 40, "held-out calls": 64, "regression": 30, "identity": 20}


def stage(draw: np.random.Generator, flips: float) -> StageEvidence:
    """A stage that changes nothing: a verdict turns with probability `flips`, either way alike."""
    before: list[Verdict] = []
    after: list[Verdict] = []
    for suite, count in SUITES.items():
        passed = draw.random(count) < 0.5
        turned = draw.random(count) < flips
        before += verdicts(passed.tolist(), suite=suite)
        after += verdicts((passed ^ turned).tolist(), suite=suite)
    return StageEvidence(before, after, 2.0, 1.5, LabelFit(40, 1.0, 0.5, 1.5))


@pytest.mark.parametrize("flips", [0.05, 0.2, 0.5])
def test_harmless_stages_are_stopped_less_than_once_in_20(flips: float) -> None:
    draw = np.random.default_rng(7)
    stopped = sum(not decide(stage(draw, flips), GateLimits(margin=0.0)).kept for _ in range(200))
    assert stopped <= 8  # 2.5% of 200 are 5; without a margin and with many verdicts turned, the hardest case


@settings(max_examples=25)
@given(st.integers(24, 80), st.integers(0, 2**32 - 1))
def test_a_suite_that_breaks_down_is_always_stopped(count: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    before = verdicts((np.arange(count) < count // 2).tolist())
    after = verdicts((draw.random(count) < 0.02).tolist())
    decision = decide(StageEvidence(before, after, 2.0, 1.0), LIMITS)
    assert not decision.kept
    assert "the suite tool-calls fell" in decision.reasons[0]
    assert decision.failures
    assert all(failure["before"] == "a reply" and failure["reason"] == "no call" for failure in decision.failures)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
def test_a_stage_that_loses_nothing_is_kept(outcomes: list[bool], data: st.DataObject) -> None:
    after = [passed or data.draw(st.booleans()) for passed in outcomes]
    decision = decide(
        StageEvidence(verdicts(outcomes, must_pass=True), verdicts(after, must_pass=True), 2.0, 1.9), LIMITS
    )
    assert decision.kept
    assert decision.reasons == decision.failures == ()


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (2.0, 1.9, True),
        (2.0, 2.0, False),
        (2.0, 2.1, False),
        (2.0, math.nan, False),
        (2.0, math.inf, False),
        (math.nan, 1.0, False),
        (None, None, True),
        (None, math.nan, False),
    ],
)
def test_held_out_loss_is_finite_and_lower(before: float | None, after: float | None, kept: bool) -> None:
    assert decide(StageEvidence((), (), before, after), LIMITS).kept is kept


def test_one_lost_canary_is_enough_unless_it_was_shaky_or_allowed() -> None:
    before, after = [verdict("canary/1", True, must_pass=True)], [verdict("canary/1", False, must_pass=True)]
    decision = decide(StageEvidence(before, after), LIMITS)
    assert decision.reasons == ("1 must-pass prompt that passed before now fails",)
    assert [failure["prompt"] for failure in decision.failures] == ["canary/1"]
    assert decide(StageEvidence(before, after, shaky={"canary/1"}), LIMITS).kept
    assert decide(StageEvidence(before, after), GateLimits(lost_canaries=1)).kept


def test_a_fall_within_the_margin_is_kept() -> None:
    before = verdicts([True] * 400)
    after = verdicts([False] * 24 + [True] * 376)  # 6 points, surely not by chance
    assert not decide(StageEvidence(before, after), GateLimits(margin=0.01)).kept
    assert decide(StageEvidence(before, after), GateLimits(margin=0.05)).kept


def test_replies_that_fit_any_prompt_look_shuffled() -> None:
    decision = decide(StageEvidence((), (), labels=LabelFit(40, 0.02, -0.05, 0.09)), LIMITS)
    assert "look shuffled" in decision.reasons[0]
    assert decide(StageEvidence((), (), labels=LabelFit(40, 0.2, 0.05, 0.35)), LIMITS).kept


@pytest.mark.parametrize(("rise", "kept"), [(-1.0, True), (0.1, True), (0.4, False), (1e6, False)])
def test_plain_answers_may_not_become_unlikely(rise: float, kept: bool) -> None:
    before = np.linspace(1, 4, 16)
    after = before + rise + 0.05 * np.resize([1, -1], 16)
    assert decide(StageEvidence((), (), plain_before=before.tolist(), plain_after=after.tolist()), LIMITS).kept is kept


def test_every_reason_is_given_and_the_decision_is_json() -> None:
    before, after = verdicts([True] * 30, must_pass=True), verdicts([False] * 30, must_pass=True)
    decision = decide(StageEvidence(before, after, 1.0, 2.0, LabelFit(20, 0.0, -1.0, 1.0)), LIMITS)
    assert len(decision.reasons) == 4
    shown = encode(decision.as_record())
    assert shown["kept"] is False
    assert shown["suites"]["tool-calls"]["lost"] == 30
    assert len(shown["failures"]) == 8
