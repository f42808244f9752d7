"""Draws functions that have tests."""

from __future__ import annotations

from vibecoder.workspace.files import is_test
from vibecoder_datasets.code.tested import Tested, body, linked
from vibecoder_datasets.material.kit import Kit

__all__ = ["draw_tested"]


def draw_tested(kit: Kit, longest: int = 20, tries: int = 30) -> Tested | None:
    """The next function of at most `longest` lines of code that some test mentions; None if there is none nearby."""
    kit.workspace.reset()
    for _ in range(tries):
        function = kit.functions.draw()
        first, last = body(kit.workspace, function)
        if is_test(function.path) or not first or last - first >= longest:
            continue
        found = linked(kit.workspace, function)
        if found is not None and not all(map(kit.is_spent, found.nodes)):
            return found
    return None
