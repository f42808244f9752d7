"""Agentic work: test-driven development, debugging, planning, code review and exploration, each to its end."""

from __future__ import annotations

from vibecoder_datasets.experts.agentic.debugging import debugging, review
from vibecoder_datasets.experts.agentic.exploration import function_and_users, module, through_tests
from vibecoder_datasets.experts.agentic.planning import guarding, renaming
from vibecoder_datasets.experts.agentic.tdd import tdd
from vibecoder_datasets.material.context import Quota

__all__ = ["QUOTAS"]

QUOTAS: tuple[Quota, ...] = (
    Quota("tdd", 80, tdd),
    Quota("debugging", 80, debugging),
    Quota("planning", 20, renaming, ("samples", "networkx", "sympy")),
    Quota("planning", 60, guarding),
    Quota("review", 80, review),
    Quota("exploration", 30, function_and_users),
    Quota("exploration", 25, module),
    Quota("exploration", 25, through_tests),
)
