"""Draws functions that have tests."""

from __future__ import annotations

from vibecoder.workspace.sources import is_test
from vibecoder_datasets.code.tested import Tested, body, linked
from vibecoder_datasets.material.context import ExpertContext

__all__ = ["draw_tested"]


def draw_tested(context: ExpertContext, longest: int = 20, tries: int = 30) -> Tested | None:
    """Return the next function of at most `longest` lines of code that some test mentions.

    None if there is none nearby.
    """
    context.workspace.reset()
    for _ in range(tries):
        function = context.functions.draw()
        first, last = body(context.workspace, function)
        if is_test(function.path) or not first or last - first >= longest:
            continue
        found = linked(context.workspace, function)
        if found is not None and not all(map(context.is_used_up_test, found.nodes)):
            return found
    return None
