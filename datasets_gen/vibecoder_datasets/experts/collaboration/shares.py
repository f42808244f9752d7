"""Collaboration: clarifying questions, progress in real numbers, trade-offs, honest uncertainty, suggestions."""

from __future__ import annotations

from vibecoder_datasets.experts.collaboration.clarifying import clarifying
from vibecoder_datasets.experts.collaboration.progress import reading_progress, testing_progress
from vibecoder_datasets.experts.collaboration.suggestions import suggestion
from vibecoder_datasets.experts.collaboration.tradeoffs import counted_trade_off, measured_trade_off
from vibecoder_datasets.experts.collaboration.uncertain import unknown_name, unmentioned, unused
from vibecoder_datasets.material.kit import Share

__all__ = ["CATEGORY", "SHARES"]

CATEGORY = "collaboration"
SHARES = (
    Share("clarifying question", 40, clarifying, ("networkx", "sympy", "mpmath")),
    Share("progress", 24, testing_progress),
    Share("progress", 16, reading_progress),
    Share("trade-offs", 26, measured_trade_off),
    Share("trade-offs", 14, counted_trade_off, ("samples",)),
    Share("honest uncertainty", 16, unmentioned),
    Share("honest uncertainty", 12, unused),
    Share("honest uncertainty", 12, unknown_name),
    Share("proactive suggestion", 40, suggestion),
)
