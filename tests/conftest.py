"""Fixtures several test folders share: the embedded model, small real rows, one job trained on both backends."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.jobs import BACKENDS, TARGETS, Recorder, Trained
from support.real_run import train_once
from support.rows import reading
from support.small_nano import small_nano
from support.terminal import Terminal
from vibecoder import plugins
from vibecoder.adapters.initial import LoraWeights
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.runs.record import RunRecord
from vibecoder.training.learning_rates import learning_rates
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches
from vibecoder.types import SFT, Backend, LoraSpec, ModelSpec, OptimizerSpec, Rendered, TrainJob


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is remembered about models' folders out of the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        if "VIBECODER_CACHE" not in os.environ:
            patch.setenv("VIBECODER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


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
            base_name=str(small_nano()),
        )
        return replace(job, **changes)

    return build


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Two layers of nano, opened in float32 by each backend in turn."""
    opened = plugins.load().backend(request.param).open(ModelSpec(str(small_nano()), precision="float32"))
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
        for layer in range(2)
        for name, (inputs, outputs) in parts.items()
    }


@pytest.fixture(scope="session")
def trained(make_job: Callable[..., TrainJob], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """The same job on both backends; adapters under `trained[name].adapter`."""
    done = {}
    for name in BACKENDS:
        opened = plugins.load().backend(name).open(ModelSpec(str(small_nano()), precision="float32"))
        job = make_job(tmp_path_factory.mktemp(name), evaluate_every=2, save_every=2)
        recorder = Recorder()
        result = opened.train(job, recorder)
        opened.close()
        done[name] = Trained(job, recorder, result.adapter)
    return done


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of a real run on nano, trained once for all processes; copy it before changing anything."""
    base = tmp_path_factory.getbasetemp()
    return train_once(base if worker_id == "master" else base.parent)


@pytest.fixture(scope="session")
def real_record(real_run: Path) -> RunRecord:
    """The record of the real run."""
    return RunRecord.read(real_run)


@pytest.fixture
def finished_run(real_run: Path, tmp_path: Path) -> Path:
    """A copy of the real run that a test may change."""
    return Path(shutil.copytree(real_run, tmp_path / "runs" / "friday"))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys)
