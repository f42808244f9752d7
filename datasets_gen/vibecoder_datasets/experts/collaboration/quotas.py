"""Lists the quotas of collaboration: clarifying, progress in numbers, trade-offs, honest uncertainty, suggestions."""

from __future__ import annotations

from vibecoder_datasets.experts.collaboration.clarifying import clarifying
from vibecoder_datasets.experts.collaboration.progress import reading_progress, testing_progress
from vibecoder_datasets.experts.collaboration.suggestions import suggestion
from vibecoder_datasets.experts.collaboration.tradeoffs import counted_trade_off, measured_trade_off
from vibecoder_datasets.experts.collaboration.uncertain import unknown_name, unmentioned, unused
from vibecoder_datasets.material.context import Quota

__all__ = ["CATEGORY", "QUOTAS"]

CATEGORY = "collaboration"
QUOTAS = (
    Quota("clarifying question", 40, clarifying, ("networkx", "sympy", "mpmath")),
    Quota("progress", 24, testing_progress),
    Quota("progress", 16, reading_progress),
    Quota("trade-offs", 26, measured_trade_off),
    Quota("trade-offs", 14, counted_trade_off, ("samples",)),
    Quota("honest uncertainty", 16, unmentioned),
    Quota("honest uncertainty", 12, unused),
    Quota("honest uncertainty", 12, unknown_name),
    Quota("proactive suggestion", 40, suggestion),
)
