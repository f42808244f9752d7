"""The built-in curriculum: its order, its categories, and that it comes through the entry point like any other."""

from __future__ import annotations

import pytest

from vibecoder import plugins
from vibecoder.errors import PluginError


def test_the_curriculum() -> None:
    stages = plugins.load().select_stages(["all"])
    built_in = [stage for stage in stages if stage.name in ("tool-use", "agentic", "full")]
    assert [(stage.name, stage.categories) for stage in built_in] == [
        ("tool-use", ("tool-use", "powertools")),
        ("agentic", ("superpowers", "agentic", "problem-solving")),
        ("full", None),
    ]
    assert all(stage.summary for stage in built_in)


def test_stages_are_trained_in_their_order_however_they_are_asked_for() -> None:
    registry = plugins.load()
    assert [stage.name for stage in registry.select_stages(["full,tool-use", "full"])] == ["tool-use", "full"]
    with pytest.raises(PluginError, match=r"unknown stage tool_use; did you mean tool-use\?"):
        registry.select_stages(["tool_use"])
