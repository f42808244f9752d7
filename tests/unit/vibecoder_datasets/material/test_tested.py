"""Functions with a test, drawn short enough."""

from __future__ import annotations

from vibecoder_datasets.code.tested import body
from vibecoder_datasets.material.kit import Kit
from vibecoder_datasets.material.tested import draw_tested


def test_drawn_functions_are_short_enough(kit: Kit) -> None:
    for _ in range(20):
        found = draw_tested(kit, longest=3)
        assert found is None or body(kit.workspace, found.function)[1] - body(kit.workspace, found.function)[0] < 3
