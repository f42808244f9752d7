"""Superpowers: a skill is named, announced and then really followed, step by step."""

from __future__ import annotations

from vibecoder_datasets.experts.superpowers.architecture import lineage, tension
from vibecoder_datasets.experts.superpowers.debugging import root_cause, systematic_debugging, verification
from vibecoder_datasets.experts.superpowers.design import brainstorming, writing_plans
from vibecoder_datasets.experts.superpowers.teamwork import (
    delegating,
    executing_plans,
    receiving_review,
    requesting_review,
)
from vibecoder_datasets.experts.superpowers.testing import hollow_test, test_driven, waiting
from vibecoder_datasets.experts.superpowers.thinking import collision, inversion, scale_game, simplification, stuck
from vibecoder_datasets.material.context import Quota

__all__ = ["QUOTAS"]

_PLAIN = ("samples", "toolz", "sympy")  # their tests make calls with plain arguments
QUOTAS: tuple[Quota, ...] = (
    Quota("collaboration", 45, brainstorming),
    Quota("collaboration", 35, writing_plans),
    Quota("collaboration", 20, executing_plans),
    Quota("collaboration", 15, delegating, ("samples", "toolz", "mpmath")),
    Quota("collaboration", 15, requesting_review),
    Quota("collaboration", 20, receiving_review),
    Quota("debugging", 45, systematic_debugging),
    Quota("debugging", 20, root_cause),
    Quota("debugging", 35, verification),
    Quota("testing", 30, test_driven),
    Quota("testing", 12, hollow_test, _PLAIN),
    Quota("testing", 8, waiting, _PLAIN),
    Quota("problem-solving", 20, stuck),
    Quota("problem-solving", 25, scale_game),
    Quota("problem-solving", 25, inversion),
    Quota("problem-solving", 10, collision, _PLAIN),
    Quota("problem-solving", 20, simplification),
    Quota("architecture", 20, tension, ("networkx", "sympy", "mpmath")),
    Quota("architecture", 30, lineage, ("networkx", "sympy", "mpmath")),
)
