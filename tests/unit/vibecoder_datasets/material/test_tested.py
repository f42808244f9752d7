"""Functions with a test, drawn short enough."""

from __future__ import annotations

from vibecoder_datasets.code.tested import body
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested


def test_drawn_functions_are_short_enough(context: ExpertContext) -> None:
    for _ in range(20):
        found = draw_tested(context, longest=3)
        assert (
            found is None or body(context.workspace, found.function)[1] - body(context.workspace, found.function)[0] < 3
        )
