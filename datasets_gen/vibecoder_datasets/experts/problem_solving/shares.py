"""Problem solving: when stuck, scale game, root cause, self-verification, inversion, patterns across files."""

from __future__ import annotations

from vibecoder_datasets.experts.problem_solving.checking import inversion, self_verification
from vibecoder_datasets.experts.problem_solving.fixing import root_cause, stuck
from vibecoder_datasets.experts.problem_solving.pattern import pattern
from vibecoder_datasets.experts.problem_solving.scale import scale_game
from vibecoder_datasets.material.kit import Share

__all__ = ["SHARES"]

SHARES: tuple[Share, ...] = (
    Share("when stuck", 34, stuck),
    Share("scale game", 34, scale_game),
    Share("root cause", 33, root_cause),
    Share("self-verification", 33, self_verification),
    Share("inversion", 33, inversion),
    Share("pattern recognition", 33, pattern, ("networkx", "sympy", "mpmath")),
)
