"""Fixtures for tests of the CUDA backend: a small job on the embedded nano model, and a recorder of its events."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.small_nano import small_nano
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches
from vibecoder.types import SFT, Event, LoraSpec, ModelSpec, OptimizerSpec, Rendered, Stepped, TrainJob

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Recorder:
    """Keeps every event; asks to stop after step `stop_after`."""

    def __init__(self, stop_after: int = 0) -> None:
        self.events: list[Event] = []
        self.stop_after = stop_after

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def should_stop(self) -> str | None:
        return "asked to" if self.steps and self.steps[-1].step == self.stop_after else None

    @property
    def steps(self) -> list[Stepped]:
        return [event for event in self.events if isinstance(event, Stepped)]

    @property
    def losses(self) -> list[float]:
        return [event.loss for event in self.steps]


def sample_rows(count: int, seed: int = 0) -> list[Rendered]:
    """Rows of 40 to 130 tokens that count upwards; the second half of each is supervised."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        length = int(rng.integers(40, 130))
        ids = (np.arange(length) * 7 + int(rng.integers(500))).astype(np.int32) % 4000
        rows.append(Rendered(ids, np.arange(length) >= length // 2, f"row-{i}"))
    return rows


def sample_job(folder: Path, **changes: Any) -> TrainJob:
    """Five steps of three micro-batches, the last micro-batch empty, LoRA of rank 4 without dropout."""
    rows = sample_rows(28)
    schedule = make_schedule(rows, rows_per_step=6, tokens=256, epochs=1, seed=0)
    job = TrainJob(
        stage="full",
        objective=SFT(),
        schedule=schedule,
        held_out=evaluation_batches(sample_rows(5, seed=1), 256),
        lora=LoraSpec(4, 8.0, 0.0, TARGETS),
        optimizer=OptimizerSpec("adamw", np.full(len(schedule), 2e-3), 0.01, 1.0),
        seed=0,
        folder=folder,
        base_name="nano",
    )
    return replace(job, **changes)


@pytest.fixture(scope="session")
def nano_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(small_nano(), tmp_path_factory.mktemp("base") / "nano"))


@pytest.fixture(scope="session")
def opened(nano_folder: Path) -> Any:
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
def recorder() -> Callable[..., Recorder]:
    return Recorder


@pytest.fixture
def make_job() -> Callable[..., TrainJob]:
    return sample_job
