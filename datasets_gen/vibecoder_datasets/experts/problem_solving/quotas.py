"""Problem solving: when stuck, scale game, root cause, self-verification, inversion, patterns across files."""

from __future__ import annotations

from vibecoder_datasets.experts.problem_solving.checking import inversion, self_verification
from vibecoder_datasets.experts.problem_solving.fixing import root_cause, stuck
from vibecoder_datasets.experts.problem_solving.pattern import pattern
from vibecoder_datasets.experts.problem_solving.scale import scale_game
from vibecoder_datasets.material.context import Quota

__all__ = ["QUOTAS"]

QUOTAS: tuple[Quota, ...] = (
    Quota("when stuck", 34, stuck),
    Quota("scale game", 34, scale_game),
    Quota("root cause", 33, root_cause),
    Quota("self-verification", 33, self_verification),
    Quota("inversion", 33, inversion),
    Quota("pattern recognition", 33, pattern, ("networkx", "sympy", "mpmath")),
)
