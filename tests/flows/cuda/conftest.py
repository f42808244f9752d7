"""Fixtures for the CUDA backend's tests: models that are opened once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.jobs import counting_job
from support.small_nano import small_nano
from vibecoder.types import ModelSpec, TrainJob


@pytest.fixture(scope="session")
def nano_folder() -> Path:
    return small_nano()


@pytest.fixture(scope="session")
def opened(nano_folder: Path) -> Callable[..., Any]:
    """Backends by model settings, each opened once; a later test finds the model as it was."""
    from vibecoder_cuda.backend import CudaBackend

    backends: dict[str, CudaBackend] = {}

    def get(**settings: Any) -> CudaBackend:
        key = repr(sorted(settings.items()))
        if key not in backends:
            backends[key] = CudaBackend(ModelSpec(str(nano_folder), **settings))
        return backends[key]

    return get


@pytest.fixture
def make_job() -> Callable[..., TrainJob]:
    return counting_job
