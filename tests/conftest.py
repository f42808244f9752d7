"""Fixtures several test folders share: the embedded model, small real rows, one job trained on both backends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from vibecoder import plugins
from vibecoder.adapters.initial import LoraWeights
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.learning_rates import learning_rates
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches
from vibecoder.types import SFT, Backend, Event, Example, LoraSpec, ModelSpec, OptimizerSpec, Rendered, TrainJob

BACKENDS = ("mlx", "cuda")
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
READ_FILE = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Read a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}
_WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "edge",
    "flux",
    "grid",
    "halo",
    "iris",
    "jade",
    "kite",
    "lime",
    "mint",
    "node",
    "opal",
    "pine",
    "quad",
    "rust",
    "sage",
    "tide",
]


def reading(number: int) -> Example:
    """A small conversation: the user names a path, the assistant reads it."""
    draw = random.Random(number)
    path = "/".join(draw.sample(_WORDS, draw.choice((1, 2, 3)))) + ".py"
    call = {"type": "function", "function": {"name": "read_file", "arguments": {"path": path}}}
    return Example(
        id=f"row-{number}",
        category="tool-use",
        messages=[
            {"role": "user", "content": f"Please read {path}"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
        ],
        tools=[READ_FILE],
    )


@dataclass
class Recorder:
    """Collects events; asks to stop after `stop_after` steps."""

    stop_after: int | None = None
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def should_stop(self) -> str | None:
        from vibecoder.types import Stepped

        return "enough" if self.stop_after and len(self.of(Stepped)) >= self.stop_after else None


@pytest.fixture(scope="session")
def tokenizer() -> ChatTokenizer:
    return ChatTokenizer.load(NANO)


@pytest.fixture(scope="session")
def rows(tokenizer: ChatTokenizer) -> list[Rendered]:
    return [render(reading(i), tokenizer) for i in range(24)]


@pytest.fixture(scope="session")
def make_job(rows: list[Rendered]) -> Callable[..., TrainJob]:
    """A job of a few real steps on nano; every field can be replaced."""

    def build(folder: Path, *, rows_per_step: int = 6, epochs: float = 2, **changes: object) -> TrainJob:
        schedule = make_schedule(rows[:18], rows_per_step=rows_per_step, tokens=1024, epochs=epochs, seed=1)
        job = TrainJob(
            stage="tool-use",
            objective=SFT(),
            schedule=schedule,
            held_out=evaluation_batches(rows[18:], 1024),
            lora=LoraSpec(8, 16, 0.0, TARGETS),
            optimizer=OptimizerSpec(
                # Adam scales every gradient to the learning rate, rounding noise included; this eps leaves noise small.
                "adamw",
                learning_rates(len(schedule), 2e-3, 0.1, "cosine"),
                0.01,
                1.0,
                eps=1e-6,
            ),
            seed=0,
            folder=folder,
            base_name=str(NANO),
        )
        return replace(job, **changes)

    return build


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Nano, opened in float32 by each backend in turn."""
    opened = plugins.load().backend(request.param).open(ModelSpec(str(NANO), precision="float32"))
    opened.name = request.param  # type: ignore[attr-defined]
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def random_lora() -> LoraWeights:
    """LoRA of rank 4 on every linear layer of nano, both halves random, so that every gradient is far from zero."""
    rng = np.random.default_rng(0)
    sizes = {"q_proj": (256, 256), "k_proj": (256, 128), "v_proj": (256, 128), "o_proj": (256, 256)}
    parts = {f"self_attn.{name}": size for name, size in sizes.items()}
    parts |= {"mlp.gate_proj": (256, 704), "mlp.up_proj": (256, 704), "mlp.down_proj": (704, 256)}
    return {
        f"model.layers.{layer}.{name}": tuple(
            rng.normal(0, 0.05, shape).astype(np.float32) for shape in ((4, inputs), (outputs, 4))
        )
        for layer in range(4)
        for name, (inputs, outputs) in parts.items()
    }


@dataclass(frozen=True)
class Trained:
    """One job as each backend did it."""

    job: TrainJob
    recorder: Recorder
    adapter: Path


@pytest.fixture(scope="session")
def trained(make_job: Callable[..., TrainJob], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """The same job on both backends; adapters under `trained[name].adapter`."""
    done = {}
    for name in BACKENDS:
        opened = plugins.load().backend(name).open(ModelSpec(str(NANO), precision="float32"))
        job = make_job(tmp_path_factory.mktemp(name), evaluate_every=2, save_every=2)
        recorder = Recorder()
        result = opened.train(job, recorder)
        opened.close()
        done[name] = Trained(job, recorder, result.adapter)
    return done
