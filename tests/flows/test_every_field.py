"""Every field of what a backend is handed, on both backends: changing it changes what the backend does, or is refused.

With `test_every_setting.py` this is the whole way from a setting to its effect. A field that a backend ignores fails
here, and so does a new one that has no entry in `CHANGES`.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from support.jobs import BACKENDS, Recorder
from support.rows import reading
from support.small_nano import one_layer
from vibecoder import plugins
from vibecoder.errors import ConfigError
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches
from vibecoder.types import (
    SFT,
    Backend,
    Evaluated,
    LayerNames,
    LoraSpec,
    ModelSpec,
    OptimizerSpec,
    Probe,
    Saved,
    Stepped,
    TrainJob,
)

ROWS = [render(replace(reading(i), tools=()), ChatTokenizer.load(NANO)) for i in range(11)]
TRAINED, HELD_OUT = ROWS[:8], evaluation_batches(ROWS[8:], 512)
RATES = np.array([1e-3, 2e-3, 2e-3, 0.3])
"""The last step spoils the adapter, so that the best one is another than the last."""


def job_in(folder: Path) -> TrainJob:
    """Four steps of two rows, evaluated and saved after each, with dropout and a probe."""
    return TrainJob(
        stage="full",
        objective=SFT(),
        schedule=make_schedule(TRAINED, rows_per_step=2, tokens=512, epochs=1, seed=0),
        held_out=HELD_OUT,
        lora=LoraSpec(16, 32.0, 0.1, ("v_proj",)),  # 16 x 256: what bitsandbytes begins to hold in 8 bits
        optimizer=OptimizerSpec("adamw", RATES, 0.01, 1.0),
        seed=0,
        folder=folder,
        base_name="nano",
        evaluate_every=1,
        save_every=1,
        probe=Probe([list(range(5, 25)), list(range(30, 60))], 4, ()),
    )


@dataclass(frozen=True)
class Opened:
    """A backend with its one-layer model, and what it does with the job as it is."""

    name: str
    backend: Backend
    job: TrainJob
    events: Recorder
    folder: Path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_layer(tmp_path_factory.mktemp("models") / "first")


@pytest.fixture(scope="module", params=BACKENDS)
def opened(request: pytest.FixtureRequest, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    backend = plugins.load().backend(request.param).open(ModelSpec(str(model), precision="float32"))
    job, events = job_in(tmp_path_factory.mktemp("base")), Recorder()
    backend.train(job, events)
    yield Opened(request.param, backend, job, events, job.folder)
    backend.close()


def outcome(events: Recorder, folder: Path) -> tuple[Any, ...]:
    """Everything a training leaves but times, memory and paths."""
    steps = [(e.step, e.loss, e.tokens, e.total_tokens, e.learning_rate, e.grad_norm) for e in events.of(Stepped)]
    saved = [(e.step, [list(reply) for reply in e.replies]) for e in events.of(Saved)]
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return steps, [(e.step, e.loss, e.best) for e in events.of(Evaluated)], saved, files


def lora(**changes: Any) -> Callable[[Opened], dict[str, Any]]:
    return lambda given: {"lora": replace(given.job.lora, **changes)}


def optimizer(**changes: Any) -> Callable[[Opened], dict[str, Any]]:
    return lambda given: {"optimizer": replace(given.job.optimizer, **changes)}


def probe(**changes: Any) -> Callable[[Opened], dict[str, Any]]:
    return lambda given: {"probe": replace(given.job.probe, **changes)}


def first_token(given: Opened) -> dict[str, Any]:
    replies = given.events.of(Saved)[0].replies  # type: ignore[attr-defined]
    return {"probe": replace(given.job.probe, stop=(int(replies[0][1]),))}


OTHER_ORDER = make_schedule(TRAINED, rows_per_step=2, tokens=512, epochs=1, seed=1)
CHANGES: dict[tuple[type, str], list[Callable[[Opened], dict[str, Any]]]] = {
    (TrainJob, "stage"): [lambda given: {"stage": "other"}],
    (TrainJob, "objective"): [lambda given: {"objective": SimpleNamespace(name="dpo")}],
    (TrainJob, "schedule"): [lambda given: {"schedule": OTHER_ORDER}],
    (TrainJob, "held_out"): [lambda given: {"held_out": given.job.held_out[:0]}],
    (TrainJob, "lora"): [lora(rank=4, alpha=8.0)],
    (TrainJob, "optimizer"): [optimizer(learning_rates=RATES[::-1] / 9)],
    (TrainJob, "seed"): [lambda given: {"seed": 1}],
    (TrainJob, "folder"): [lambda given: {}],
    (TrainJob, "base_name"): [lambda given: {"base_name": "someone/else"}],
    (TrainJob, "start"): [lambda given: {"start": given.folder / "adapter"}],
    (TrainJob, "resume"): [lambda given: {"resume": given.folder / "checkpoints" / "step-000003"}],
    (TrainJob, "evaluate_every"): [lambda given: {"evaluate_every": 0}],
    (TrainJob, "save_every"): [lambda given: {"save_every": 2}],
    (TrainJob, "keep_checkpoints"): [lambda given: {"keep_checkpoints": 2}],
    (TrainJob, "keep"): [lambda given: {"keep": "last"}],
    (TrainJob, "probe"): [lambda given: {"probe": None}],
    (TrainJob, "layer_names"): [lambda given: {"layer_names": LayerNames(peft="model.language_model.")}],
    (LoraSpec, "rank"): [lora(rank=8)],
    (LoraSpec, "alpha"): [lora(alpha=8.0)],
    (LoraSpec, "dropout"): [lora(dropout=0.0)],
    (LoraSpec, "targets"): [lora(targets=("v_proj", "q_proj"))],
    (OptimizerSpec, "name"): [optimizer(name="adamw-8bit"), optimizer(name="paged-adamw-8bit")],
    (OptimizerSpec, "learning_rates"): [optimizer(learning_rates=RATES * 0.5)],
    (OptimizerSpec, "weight_decay"): [optimizer(weight_decay=0.5)],
    (OptimizerSpec, "clip"): [optimizer(clip=1e-9)],  # so small that Adam's eps counts
    (OptimizerSpec, "betas"): [optimizer(betas=(0.5, 0.9))],
    (OptimizerSpec, "eps"): [optimizer(eps=1e-3)],
    (Probe, "prompts"): [probe(prompts=[[7, 8, 9]])],
    (Probe, "max_new_tokens"): [probe(max_new_tokens=2)],
    (Probe, "stop"): [first_token],
}
"""By field: what it is changed to. Those of the model are changed in the tests below."""


def test_every_field_has_a_change() -> None:
    kinds = (TrainJob, LoraSpec, OptimizerSpec, Probe)
    fields = [(kind, field.name) for kind in kinds for field in dataclasses.fields(kind)]
    assert list(CHANGES) == fields, "say in CHANGES how the new field is changed"
    assert [field.name for field in dataclasses.fields(ModelSpec)] == [
        "path", "quantization", "precision", "checkpointing", "cache",
    ], "show below what the new field does"  # fmt: skip


def test_the_same_job_has_the_same_outcome(opened: Opened, tmp_path: Path) -> None:
    """Else everything would seem to change something; and `folder` is where all of it is written."""
    events = Recorder()
    opened.backend.train(replace(opened.job, folder=tmp_path), events)
    assert outcome(events, tmp_path) == outcome(opened.events, opened.folder)
    assert {path.name for path in tmp_path.iterdir()} == {"adapter", "best", "checkpoints"}


@pytest.mark.parametrize(("kind", "name"), [key for key in CHANGES if key != (TrainJob, "folder")])
def test_a_field_changes_what_is_done(opened: Opened, tmp_path: Path, kind: type, name: str) -> None:
    spec = plugins.load().backend(opened.name)
    for number, change in enumerate(CHANGES[kind, name]):
        folder, events = tmp_path / str(number), Recorder()
        job = replace(opened.job, folder=folder, **change(opened))
        lacks = job.optimizer.name not in spec.optimizers
        if lacks or job.objective.name not in spec.objectives:
            with pytest.raises(ConfigError, match="unknown optimizer" if lacks else "unknown objective"):
                opened.backend.train(job, events)
            continue
        opened.backend.train(job, events)
        assert outcome(events, folder) != outcome(opened.events, opened.folder)


def loss_of(name: str, spec: ModelSpec) -> float:
    backend = plugins.load().backend(name).open(spec)
    try:
        return backend.loss(HELD_OUT, None).total
    finally:
        backend.close()


@pytest.mark.parametrize("name", BACKENDS)
def test_the_model_is_the_one_in_the_folder(name: str, model: Path, tmp_path: Path) -> None:
    other = one_layer(tmp_path / "other", layer=1)
    assert loss_of(name, ModelSpec(str(other))) != loss_of(name, ModelSpec(str(model)))


@pytest.mark.parametrize("name", BACKENDS)
def test_each_way_to_hold_the_model_is_another(name: str, model: Path, tmp_path: Path) -> None:
    offered = plugins.load().backend(name).quantizations
    losses = {loss_of(name, ModelSpec(str(model), each, "float32", cache=tmp_path)) for each in offered}
    assert len(losses) == len(offered) > 1
    kept = {path.name.split("-")[1] for path in tmp_path.glob("*/*")}
    assert kept == ({"4bit", "8bit"} if name == "mlx" else set()), "bitsandbytes quantizes whenever it opens a model"


@pytest.mark.parametrize("name", BACKENDS)
def test_each_precision_is_another_or_refused(name: str, model: Path) -> None:
    losses: dict[str, float] = {}
    for each in plugins.load().backend(name).precisions:
        spec = ModelSpec(str(model), precision=each)
        if (name, each) == ("cuda", "float16") and not torch.cuda.is_available():
            with pytest.raises(ConfigError, match=r"model\.precision float16 needs a GPU"):
                loss_of(name, spec)
        else:
            losses[each] = loss_of(name, spec)
    automatic = losses.pop("auto")
    assert automatic in losses.values()
    assert len(set(losses.values())) == len(losses) > 1


@pytest.mark.parametrize("name", BACKENDS)
def test_checkpointing_computes_a_block_twice(
    name: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for on in (False, True):
        backend: Any = plugins.load().backend(name).open(ModelSpec(str(model), precision="float32", checkpointing=on))
        passes = _counted(name, backend.model, monkeypatch)
        backend.train(replace(job_in(tmp_path / str(on)), held_out=(), probe=None), Recorder())
        counts.append(len(passes))
        backend.close()
    assert counts[1] == 2 * counts[0] > 0


def _counted(name: str, model: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each time that the block's feed-forward begins; torch ends a repeated one early."""
    passes: list[int] = []
    if name == "cuda":
        model.model.layers[0].mlp.register_forward_pre_hook(lambda *_: passes.append(1))
        return passes
    kind = type(model.layers[0].mlp)
    plain = kind.__call__

    def counting(self: Any, *rest: Any) -> Any:
        passes.append(1)
        return plain(self, *rest)

    monkeypatch.setattr(kind, "__call__", counting)
    return passes
