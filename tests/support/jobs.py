"""Small training jobs on two layers of nano, and a recorder of what a backend says while it does them."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from support.once import once
from support.rows import reading
from support.small_nano import small_nano, two_layers
from vibecoder import plugins
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.learning_rates import learning_rates
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches
from vibecoder.types import SFT, Event, LoraSpec, ModelSpec, OptimizerSpec, Rendered, Schedule, Stepped, TrainJob

__all__ = ["BACKENDS", "TARGETS", "Recorder", "Trained", "counting_job", "reading_job", "reading_rows", "trained_by"]

BACKENDS = ("mlx", "cuda")
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of nano that adapters are on."""
E = TypeVar("E", bound=Event)


@dataclass
class Recorder:
    """Collects events; asks to stop after `stop_after` steps."""

    stop_after: int | None = None
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def should_stop(self) -> str | None:
        return "enough" if self.stop_after and len(self.steps) >= self.stop_after else None

    @property
    def steps(self) -> list[Stepped]:
        return self.of(Stepped)

    @property
    def losses(self) -> list[float]:
        return [step.loss for step in self.steps]


@dataclass(frozen=True)
class Trained:
    """One job as each backend did it."""

    job: TrainJob
    recorder: Recorder
    adapter: Path


def trained_by(name: str, shared: Path) -> Trained:
    """Train the reading job on the backend `name`, evaluating and saving every two steps, once a session."""

    def train(folder: Path) -> None:
        base = str(two_layers(folder / "nano"))  # the one of this process goes with it
        backend = plugins.load().backend(name).open(ModelSpec(base, precision="float32"))
        job = reading_job(folder / "job", epochs=6, evaluate_every=2, save_every=2, base_name=base)
        recorder = Recorder()
        result = backend.train(job, recorder)
        backend.close()
        (folder / "trained.pickle").write_bytes(pickle.dumps(Trained(job, recorder, result.adapter)))

    found: Trained = pickle.loads((once(shared, f"trained-{name}", train) / "trained.pickle").read_bytes())
    return found


@lru_cache(maxsize=1)
def reading_rows() -> list[Rendered]:
    """24 conversations as nano reads them; all begin with the same 130 tokens."""
    tokenizer = ChatTokenizer.load(NANO)
    return [render(reading(number), tokenizer) for number in range(24)]


def reading_job(folder: Path, *, rows_per_step: int = 6, epochs: float = 2, **changes: Any) -> TrainJob:
    """Six steps on conversations that share their beginning, with LoRA of rank 8; every field can be replaced."""
    rows = reading_rows()
    schedule = make_schedule(rows[:18], rows_per_step=rows_per_step, tokens=1024, epochs=epochs, seed=1)
    rates = learning_rates(len(schedule), 2e-3, 0.1, "cosine")
    # Adam scales every gradient to the learning rate, rounding noise included; this eps leaves noise small.
    optimizer = OptimizerSpec("adamw", rates, 0.01, 1.0, eps=1e-6)
    return _job(folder, "tool-use", schedule, rows[18:], 1024, 8, optimizer, changes)


def counting_job(folder: Path, *, steps: int = 5, **changes: Any) -> TrainJob:
    """Up to five steps of some micro-batches on rows that share nothing, with LoRA of rank 4; the last one is empty."""
    rows = _counting_rows(28, 0)
    schedule = make_schedule(rows, rows_per_step=6, tokens=128, epochs=1, seed=0, max_steps=steps)
    optimizer = OptimizerSpec("adamw", np.full(len(schedule), 2e-3), 0.01, 1.0)
    return _job(folder, "full", schedule, _counting_rows(5, 1), 128, 4, optimizer, changes)


def _job(
    folder: Path,
    stage: str,
    schedule: Schedule,
    held_out: Sequence[Rendered],
    tokens: int,
    rank: int,
    optimizer: OptimizerSpec,
    changes: dict[str, Any],
) -> TrainJob:
    job = TrainJob(
        stage=stage,
        objective=SFT(),
        schedule=schedule,
        held_out=evaluation_batches(held_out, tokens),
        lora=LoraSpec(rank, 2.0 * rank, 0.0, TARGETS),
        optimizer=optimizer,
        seed=0,
        folder=folder,
        base_name=str(small_nano()),
    )
    return replace(job, **changes)


def _counting_rows(count: int, seed: int) -> list[Rendered]:
    """Rows of 24 to 63 tokens that count upwards; the second half of each is supervised."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        length = int(rng.integers(24, 64))
        ids = (np.arange(length) * 7 + int(rng.integers(500))).astype(np.int32) % 4000
        rows.append(Rendered(ids, np.arange(length) >= length // 2, f"row-{number}"))
    return rows
