"""The sample project as a workspace: two fixtures for the conftest files that import them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.projects.catalogue import opened

__all__ = ["opened_samples", "samples"]


@pytest.fixture(scope="module")
def opened_samples() -> Iterator[Workspace]:
    with opened("samples") as found:
        yield found


@pytest.fixture
def samples(opened_samples: Workspace) -> Workspace:
    """A copy of the samples as they are; a test may change it."""
    opened_samples.reset()
    return opened_samples
