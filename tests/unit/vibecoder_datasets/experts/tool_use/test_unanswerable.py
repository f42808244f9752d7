"""What cannot be done is said of known sets of tools."""

from __future__ import annotations

from vibecoder.workspace.schemas import SETS
from vibecoder_datasets.experts.tool_use.unanswerable import ASIDES, LIMITS, MISSING


def test_what_cannot_be_done_is_said_of_known_sets() -> None:
    assert len({topic for topic, *_ in ASIDES}) == len(ASIDES)
    assert all(tools in SETS for _, tools, _, _ in ASIDES)
    assert all(name in SETS for offered, _, _ in MISSING for name in offered)
    assert "edit" in LIMITS
