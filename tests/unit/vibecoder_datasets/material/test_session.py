"""A session calls only what it offers."""

from __future__ import annotations

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.material.session import Session


def test_a_tool_that_is_not_offered_cannot_be_called(samples: Workspace) -> None:
    with pytest.raises(ValueError, match="grep is not among"):
        Session(samples, "change", "Search.").call("grep", pattern="x")
