"""Deciding a whole run before any model is opened: settings, rows, the split, every stage's training order.

`make_plan` turns a `Request` (what the user typed) into a `Plan`; `replan` does so from a stopped run's `run.json`,
on the same bytes of the dataset, so that a resumed run trains on exactly the rows it was going to.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vibecoder import config, first_rows, memory_model, plugins, profiles
from vibecoder.batching import make_schedule, regroup, without_long_rows
from vibecoder.choose import choose_backend
from vibecoder.config.schema import Settings
from vibecoder.data import DataSource, load_rows
from vibecoder.errors import DataError, ModelError
from vibecoder.evaluate import CallPrompt, call_prompts
from vibecoder.machine import Machine, detect
from vibecoder.models import ResolvedModel, read_config, resolve
from vibecoder.progress import Progress, SilentProgress
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.schedules import learning_rates
from vibecoder.split import split
from vibecoder.types import BackendSpec, Dimensions, MemoryModel, Record, Rendered, Schedule, Stage

__all__ = ["Plan", "Request", "StagePlan", "make_plan", "replan", "runs_folder"]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; None leaves a value to the settings."""

    stages: tuple[str, ...] = ("all",)
    data: str | None = None
    model: str | None = None
    backend: str | None = None
    profile: str | None = None
    sets: tuple[str, ...] = ()
    output: str | None = None
    name: str | None = None
    seed: int | None = None
    push: str | None = None
    adapter: str | None = None
    max_hours: float | None = None
    throttle: float | None = None


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: its rows, what was left out and why, the order, a learning rate per step.

    `tokens` are computed at once at the most; `fit` is the memory that they take, None where it cannot be predicted.
    """

    stage: Stage
    settings: Settings
    schedule: Schedule
    rates: NDArray[np.float64]
    held_out: Sequence[Rendered]
    counts: Mapping[str, int]
    dropped: Mapping[str, int]
    tokens: int
    fit: memory_model.Fit | None = None

    @property
    def supervised_share(self) -> float:
        """Supervised tokens over all tokens of the stage's rows."""
        return sum(r.supervised for r in self.schedule.rows) / max(1, sum(len(r) for r in self.schedule.rows))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs but the model's weights."""

    name: str
    folder: Path
    settings: Settings
    profile: str
    profile_reason: str
    machine: Machine
    backend: BackendSpec
    backend_reason: str
    model: ResolvedModel
    tokenizer: ChatTokenizer
    source: DataSource
    stages: tuple[StagePlan, ...]
    held_out: tuple[Rendered, ...]
    prompts: tuple[CallPrompt, ...]
    push: str
    adapter: Path | None
    notices: tuple[str, ...] = field(default=())


def make_plan(request: Request, progress: Progress | None = None) -> Plan:
    """Decide a new run; with a `progress`, which hears of it, rows are made first where there is no dataset.

    Raises:
        UserError: anything the user asked for does not exist, does not fit or contradicts itself.
    """
    registry = plugins.load()
    stages = registry.select_stages(request.stages)
    machine = detect()
    profile = profiles.choose(machine, request.profile or "auto")
    layers = (*config.load_layers(profile, config.find_project(), request.sets), _options(request))
    config.check_stage_names(layers, registry.stages)
    return _decide(
        settings=config.stage_settings(layers),
        stage_settings={stage.name: config.stage_settings(layers, stage) for stage in stages},
        stages=stages,
        registry=registry,
        machine=machine,
        profile=(profile.name, profile.reason),
        name=request.name,
        adapter=request.adapter,
        limit=None,
        folder=None,
        progress=progress,
    )


def replan(folder: Path, run: Mapping[str, Any]) -> Plan:
    """Decide a stopped run again, from its `run.json`, on the dataset as it was then."""
    registry = plugins.load()
    stages = [registry.select_stages([name])[0] for name in run["stage_settings"]]
    return _decide(
        settings=config.from_dict(run["settings"]),
        stage_settings={name: config.from_dict(values) for name, values in run["stage_settings"].items()},
        stages=stages,
        registry=registry,
        machine=detect(),
        profile=(run["machine"]["profile"], run["machine"]["reason"]),
        name=run["name"],
        adapter=run.get("start_adapter"),
        limit=run["data"],
        folder=folder,
    )


def runs_folder() -> Path:
    """Where runs go by this project's settings."""
    layers = config.load_layers(profiles.choose(detect(), "auto"), config.find_project(), ())
    return Path(config.stage_settings(layers).output.folder)


def _options(request: Request) -> config.Layer:
    """The command line's own options, as the last layer."""
    given = {
        "data.path": request.data,
        "model.name": request.model,
        "backend": request.backend,
        "output.folder": request.output,
        "seed": request.seed,
        "hub.repo": request.push,
        "pace.max_hours": request.max_hours,
        "pace.throttle": request.throttle,
    }
    return config.Layer("the command line", {k: v for k, v in given.items() if v is not None}, of_user=True)


def _decide(
    *,
    settings: Settings,
    stage_settings: Mapping[str, Settings],
    stages: Sequence[Stage],
    registry: plugins.Registry,
    machine: Machine,
    profile: tuple[str, str],
    name: str | None,
    adapter: str | None,
    limit: Mapping[str, Any] | None,
    folder: Path | None,
    progress: Progress | None = None,
) -> Plan:
    backend = choose_backend(registry, settings.backend)
    model = resolve(settings.model.name)
    tokenizer = ChatTokenizer.load(model.folder)
    if progress:
        first_rows.make(settings, registry, SilentProgress() if backend.spec.rank_and_world()[0] else progress)
    source = load_rows(settings.data.path, registry, limit)
    planned = not progress and not limit and first_rows.are_wanted(settings)
    train, held = split(source.records, settings.data.held_out, settings.seed)
    rows, held_rows = _Rendering(train, tokenizer), _Rendering(held, tokenizer)
    memory, unknown = _memory_of(model, backend.spec)
    plans = tuple(
        _within_memory(
            _plan_stage(stage, stage_settings[stage.name], rows, held_rows, backend.spec), model, machine, memory
        )
        for stage in stages
    )
    longest = settings.data.max_length - settings.evaluate.max_new_tokens
    trained = [record for record in held if any(stage.takes(record.category) for stage in stages)]
    prompts = call_prompts(trained, tokenizer, settings.evaluate.prompts, longest)
    name = name or f"{time.strftime('%Y%m%d-%H%M%S')}-{Path(settings.model.name).name.lower()}"
    return Plan(
        name=name,
        folder=folder or Path(settings.output.folder) / name,
        settings=settings,
        profile=profile[0],
        profile_reason=profile[1],
        machine=machine,
        backend=backend.spec,
        backend_reason=backend.reason,
        model=model,
        tokenizer=tokenizer,
        source=source,
        stages=plans,
        held_out=tuple(held_rows.usable(trained, settings.data.max_length)[0]),
        prompts=tuple(prompts),
        push=settings.hub.repo,
        adapter=Path(adapter) if adapter else None,
        notices=(first_rows.announcement(settings),) * planned + source.notices + rows.notices() + unknown,
    )


class _Rendering:
    """Rows rendered once however many stages use them; those the template refuses are counted with the reason."""

    def __init__(self, records: Sequence[Record], tokenizer: ChatTokenizer) -> None:
        self.records = records
        self.rows: dict[str, Rendered | None] = {}
        self.refused: Counter[str] = Counter()
        for record in records:
            try:
                row = render(record, tokenizer)
            except DataError as error:
                self.rows[record.id] = None
                self.refused[str(error).split(": ", 1)[-1]] += 1
            else:
                self.rows[record.id] = dataclasses.replace(row, record_id=record.id, category=record.category)

    def usable(self, records: Sequence[Record], max_length: int) -> tuple[list[Rendered], dict[str, int]]:
        dropped = {"over_length": 0, "unsupervised": 0, "refused": 0}
        rows = []
        for record in records:
            row = self.rows[record.id]
            if row is None:
                dropped["refused"] += 1
            elif len(row) > max_length:
                dropped["over_length"] += 1
            elif not row.supervised:
                dropped["unsupervised"] += 1
            else:
                rows.append(row)
        return rows, dropped

    def notices(self) -> tuple[str, ...]:
        return tuple(f"{count} rows left out: {reason}" for reason, count in self.refused.most_common(3))


def _plan_stage(
    stage: Stage, settings: Settings, train: _Rendering, held: _Rendering, backend: BackendSpec
) -> StagePlan:
    """Raises DataError where the stage has no row to train on."""
    wanted = [record for record in train.records if stage.takes(record.category)]
    categories = "any category" if stage.categories is None else ", ".join(stage.categories)
    if not wanted:
        raise DataError(
            f"stage {stage.name} has no rows: the dataset has none of {categories}; add some or leave it out"
        )
    rows, dropped = train.usable(wanted, settings.data.max_length)
    if not rows:
        raise DataError(
            f"stage {stage.name} has no usable row: of {len(wanted)}, {dropped['over_length']} are over "
            f"data.max_length ({settings.data.max_length} tokens), {dropped['unsupervised']} have nothing to learn "
            f"from and {dropped['refused']} are refused by the model's template; raise data.max_length or fix the rows"
        )
    options = settings.train
    schedule = make_schedule(
        rows,
        rows_per_step=options.batch_size * options.accumulation,
        tokens=settings.tokens_at_once,
        share=options.share_prefixes,
        prefix_once=backend.prefix_once,
        epochs=options.epochs,
        seed=_stage_seed(settings.seed, stage),
        max_steps=options.max_steps,
    )
    rates = learning_rates(len(schedule), options.learning_rate, options.warmup, options.schedule)
    held_rows, _ = held.usable(
        [record for record in held.records if stage.takes(record.category)], settings.data.max_length
    )
    counts = Counter(row.category for row in rows)
    counted = dict(sorted(counts.items()))
    return StagePlan(stage, settings, schedule, rates, held_rows, counted, dropped, settings.tokens_at_once)


_Memory: TypeAlias = tuple[MemoryModel, Dimensions]


def _memory_of(model: ResolvedModel, backend: BackendSpec) -> tuple[_Memory | None, tuple[str, ...]]:
    """What predicts the memory of training `model` on `backend`, or None and the notice that says why."""
    if backend.memory is None:
        return None, ()
    try:
        return (backend.memory, memory_model.dimensions_of(read_config(model.folder))), ()
    except ModelError as error:
        return None, (str(error),)


def _within_memory(stage: StagePlan, model: ResolvedModel, machine: Machine, memory: _Memory | None) -> StagePlan:
    """The stage with as many tokens at once as the machine holds; the same rows in the same steps and order.

    Raises:
        ConfigError: not even single rows fit; the message has the settings that would make them fit.
    """
    settings, schedule = stage.settings, stage.schedule
    if memory is None:
        tokens = settings.train.tokens or settings.full_rows
        return dataclasses.replace(stage, schedule=regroup(schedule, tokens), tokens=tokens)
    backend, dimensions = memory
    budget = memory_model.budget_of(machine, backend)
    setup = memory_model.setup_of(settings, dimensions, budget.device)
    found = memory_model.fit(
        backend, setup, budget, stage.tokens, lambda tokens: memory_model.workloads(regroup(schedule, tokens))
    )
    if not found.fits:
        alone = regroup(schedule, 0)
        raise memory_model.refuse(
            model.name,
            backend,
            setup,
            found,
            lambda longest: memory_model.workloads(without_long_rows(alone, longest)[0]),
        )
    return dataclasses.replace(stage, schedule=regroup(schedule, found.tokens), tokens=found.tokens, fit=found)


def _stage_seed(seed: int, stage: Stage) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps([seed, stage.name]).encode()).digest()[:4], "big")
