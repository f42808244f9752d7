"""The sample project as a workspace, opened once a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder_datasets.material.kit import Kit
from vibecoder_datasets.sandbox.workspace import Workspace, opened


@pytest.fixture(scope="module")
def opened_samples() -> Iterator[Workspace]:
    with opened("samples") as found:
        yield found


@pytest.fixture
def samples(opened_samples: Workspace) -> Workspace:
    """A copy of the samples as they are; a test may change it."""
    opened_samples.reset()
    return opened_samples


@pytest.fixture
def kit(samples: Workspace) -> Kit:
    """What an expert draws from the samples."""
    return Kit(samples, "tested")
