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
from vibecoder_datasets.material.kit import Share

__all__ = ["SHARES"]

_PLAIN = ("samples", "toolz", "sympy")  # their tests make calls with plain arguments
SHARES: tuple[Share, ...] = (
    Share("collaboration", 45, brainstorming),
    Share("collaboration", 35, writing_plans),
    Share("collaboration", 20, executing_plans),
    Share("collaboration", 15, delegating, ("samples", "toolz", "mpmath")),
    Share("collaboration", 15, requesting_review),
    Share("collaboration", 20, receiving_review),
    Share("debugging", 45, systematic_debugging),
    Share("debugging", 20, root_cause),
    Share("debugging", 35, verification),
    Share("testing", 30, test_driven),
    Share("testing", 12, hollow_test, _PLAIN),
    Share("testing", 8, waiting, _PLAIN),
    Share("problem-solving", 20, stuck),
    Share("problem-solving", 25, scale_game),
    Share("problem-solving", 25, inversion),
    Share("problem-solving", 10, collision, _PLAIN),
    Share("problem-solving", 20, simplification),
    Share("architecture", 20, tension, ("networkx", "sympy", "mpmath")),
    Share("architecture", 30, lineage, ("networkx", "sympy", "mpmath")),
)
