"""How a session begins."""

from __future__ import annotations

from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin


def test_a_quarter_of_the_sessions_is_masked(context: ExpertContext) -> None:
    masked = sum(begin(context, "look", "Hello.").mask is not None for _ in range(400))
    assert 70 <= masked <= 130


def test_a_session_shows_masked_names_only(context: ExpertContext) -> None:
    session = begin(context, "look", "List shop.")
    while session.mask is None:
        session = begin(context, "look", "List shop.")
    session.call("list_files", path="shop")
    assert "list_files" not in str(session.messages)
