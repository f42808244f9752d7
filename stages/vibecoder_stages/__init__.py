"""The built-in curriculum: tool calls first, then working habits, then everything together."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder.hookspecs import hookimpl
from vibecoder.types import Stage

__all__ = ["AGENTIC", "FULL", "TOOL_USE", "vibecoder_stages"]

TOOL_USE = Stage(
    name="tool-use",
    order=10,
    summary="which tool to call and with which arguments",
    categories=("tool-use", "powertools"),
)
AGENTIC = Stage(
    name="agentic",
    order=20,
    summary="planning, acting over several turns and recovering from errors",
    categories=("superpowers", "agentic", "problem-solving"),
)
FULL = Stage(
    name="full",
    order=30,
    summary="all records together, so that no habit is lost to the last one",
)


@hookimpl
def vibecoder_stages() -> Sequence[Stage]:
    return (TOOL_USE, AGENTIC, FULL)
