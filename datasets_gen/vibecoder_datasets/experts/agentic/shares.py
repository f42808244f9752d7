"""Agentic work: test-driven development, debugging, planning, code review and exploration, each to its end."""

from __future__ import annotations

from vibecoder_datasets.experts.agentic.debugging import debugging, review
from vibecoder_datasets.experts.agentic.exploration import function_and_users, module, through_tests
from vibecoder_datasets.experts.agentic.planning import guarding, renaming
from vibecoder_datasets.experts.agentic.tdd import tdd
from vibecoder_datasets.material.kit import Share

__all__ = ["SHARES"]

SHARES: tuple[Share, ...] = (
    Share("tdd", 80, tdd),
    Share("debugging", 80, debugging),
    Share("planning", 20, renaming, ("samples", "networkx", "sympy")),
    Share("planning", 60, guarding),
    Share("review", 80, review),
    Share("exploration", 30, function_and_users),
    Share("exploration", 25, module),
    Share("exploration", 25, through_tests),
)
