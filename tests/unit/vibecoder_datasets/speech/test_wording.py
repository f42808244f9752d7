"""Wordings are filled."""

from __future__ import annotations

from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.projects.catalogue import opened
from vibecoder_datasets.speech.wording import around, goal


def test_phrases_are_filled() -> None:
    with opened("toolz") as toolz:
        context = ExpertContext(toolz, "wording")
        said = {around(context, "Do it.", context.files.draw()) for _ in range(300)}
        said |= {goal(context, context.files.draw()) for _ in range(200)}
    assert len(said) > 300
    assert not [text for text in said if "{" in text or "}" in text or "  " in text]
