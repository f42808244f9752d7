"""The sample project as a workspace, opened once a file of tests, and what an expert draws from it."""

from __future__ import annotations

import pytest

from support.samples import opened_samples, samples
from vibecoder.workspace.files import Workspace
from vibecoder_datasets.material.context import ExpertContext

__all__ = ["context", "opened_samples", "samples"]


@pytest.fixture
def context(samples: Workspace) -> ExpertContext:
    """What an expert draws from the samples."""
    return ExpertContext(samples, "tested")
