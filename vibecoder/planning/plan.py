"""Plan a whole run before any model is opened: settings, rows, the split, every stage's training order.

`make_plan` turns a `Request` (what the user typed) into a `Plan`; `replan` does so from a stopped run's record, on the
same bytes of the dataset, so that a resumed run trains on exactly the rows it was going to.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder import config, plugins
from vibecoder.adapters.folder import check_changes_something, read_adapter
from vibecoder.config import profiles
from vibecoder.config.honoured import check_model
from vibecoder.config.schema import Settings
from vibecoder.dataset.source import DataSource, load_rows
from vibecoder.dataset.split import split
from vibecoder.evaluate import CallPrompt, call_prompts
from vibecoder.models import ResolvedModel, resolve
from vibecoder.planning.stage import RenderedRows, StagePlan, check_stage, memory_of, plan_stage, within_memory
from vibecoder.plugins.choose import ChosenBackend, choose_backend
from vibecoder.rendering import ChatTokenizer
from vibecoder.runs.codec import encode
from vibecoder.runs.record import RunRecord
from vibecoder.system.machine import Machine, detect
from vibecoder.types import BackendSpec, Rendered, Stage

__all__ = ["Decided", "Plan", "Request", "decide", "make_plan", "plan_run", "replan", "runs_folder"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a plan is made from: settings, stages, backend and model, all checked, before any row is read.

    `source` is the record of the data that a stopped run read, `folder` its folder; both are None for a new run.
    """

    settings: Settings
    stage_settings: Mapping[str, Settings]
    stages: Sequence[Stage]
    registry: plugins.Registry
    machine: Machine
    profile: str
    profile_reason: str
    backend: ChosenBackend
    model: ResolvedModel
    name: str | None = None
    adapter: str | None = None
    folder: Path | None = None
    source: Mapping[str, Any] | None = None


def make_plan(request: Request) -> Plan:
    """Plan a new run on the dataset as it is.

    Raises:
        UserError: anything the user asked for does not exist, does not fit or contradicts itself.
    """
    return plan_run(decide(request))


def decide(request: Request) -> Decided:
    """Decide the settings, stages, backend and model of a new run.

    Raises:
        UserError: anything the user asked for does not exist, does not fit or contradicts itself.
    """
    registry = plugins.load()
    stages = registry.select_stages(request.stages)
    machine = detect()
    profile = profiles.choose_profile(machine, request.profile or "auto")
    layers = (*config.load_layers(profile, config.find_project(), request.sets), _options(request))
    config.check_stage_names(layers, registry.stages)
    settings = config.stage_settings(layers)
    stage_settings = {stage.name: config.stage_settings(layers, stage) for stage in stages}
    backend, model = _checked(settings, stage_settings, stages, registry)
    if request.adapter:
        check_changes_something(Path(request.adapter), read_adapter(Path(request.adapter)))
    return Decided(
        settings=settings,
        stage_settings=stage_settings,
        stages=stages,
        registry=registry,
        machine=machine,
        profile=profile.name,
        profile_reason=profile.reason,
        backend=backend,
        model=model,
        name=request.name,
        adapter=request.adapter,
    )


def replan(folder: Path, run: RunRecord) -> Plan:
    """Plan the rest of a stopped run from its record, on the dataset as it was then."""
    registry = plugins.load()
    stages = [registry.select_stages([name])[0] for name in run.stage_settings]
    settings = config.from_dict(run.settings)
    stage_settings = {name: config.from_dict(values) for name, values in run.stage_settings.items()}
    backend, model = _checked(settings, stage_settings, stages, registry)
    return plan_run(
        Decided(
            settings=settings,
            stage_settings=stage_settings,
            stages=stages,
            registry=registry,
            machine=detect(),
            profile=run.machine.profile,
            profile_reason=run.machine.reason,
            backend=backend,
            model=model,
            name=run.name,
            adapter=run.start_adapter,
            folder=folder,
            source=encode(run.data),
        )
    )


def plan_run(decided: Decided) -> Plan:
    """Plan a run: read and split the rows, render them, order every stage's training.

    Raises:
        UserError: the dataset or the model's template cannot be used, or a stage does not fit in memory.
    """
    settings, backend, model = decided.settings, decided.backend.spec, decided.model
    tokenizer = ChatTokenizer.load(model.folder)
    source = load_rows(settings.data.path, decided.registry, decided.source, settings.data.shipped)
    train, held = split(source.records, settings.data.held_out, settings.seed)
    between = len(source.records) - len(train) - len(held)
    apart = (f"{between} rows show files or texts of both sides of the split and are left out",) if between else ()
    rows, held_rows = RenderedRows(train, tokenizer), RenderedRows(held, tokenizer)
    memory, unknown = memory_of(model, backend)
    plans = tuple(
        within_memory(
            plan_stage(stage, decided.stage_settings[stage.name], rows, held_rows, backend),
            model,
            decided.machine,
            memory,
        )
        for stage in decided.stages
    )
    longest = settings.data.max_length - settings.evaluate.max_new_tokens
    trained = [record for record in held if any(stage.takes(record.category) for stage in decided.stages)]
    prompts = call_prompts(trained, tokenizer, settings.evaluate.prompts, longest)
    name = decided.name or f"{time.strftime('%Y%m%d-%H%M%S')}-{Path(settings.model.name).name.lower()}"
    return Plan(
        name=name,
        folder=decided.folder or Path(settings.output.folder) / name,
        settings=settings,
        profile=decided.profile,
        profile_reason=decided.profile_reason,
        machine=decided.machine,
        backend=backend,
        backend_reason=decided.backend.reason,
        model=model,
        tokenizer=tokenizer,
        source=source,
        stages=plans,
        held_out=tuple(held_rows.usable(trained, settings.data.max_length)[0]),
        prompts=tuple(prompts),
        push=settings.hub.repo,
        adapter=Path(decided.adapter) if decided.adapter else None,
        notices=source.notices
        + model.notices
        + apart
        + rows.notices()
        + unknown
        + (tokenizer.calls.warnings(model.name) if prompts else ()),
    )


def runs_folder() -> Path:
    """Return the folder of runs by this project's settings."""
    layers = config.load_layers(profiles.choose_profile(detect(), "auto"), config.find_project(), ())
    return Path(config.stage_settings(layers).output.folder)


def _options(request: Request) -> config.Layer:
    """Turn the command line's own options into the last layer of settings."""
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


def _checked(
    settings: Settings, stage_settings: Mapping[str, Settings], stages: Sequence[Stage], registry: plugins.Registry
) -> tuple[ChosenBackend, ResolvedModel]:
    """Choose the backend and resolve the model, and refuse what they cannot honour."""
    backend = choose_backend(registry, settings.backend)
    for stage in stages:
        check_stage(stage, stage_settings[stage.name], backend.spec, registry.backends.values())
    model = resolve(settings.model.name)
    check_model(model, settings.model, backend.spec, registry.backends.values())
    return backend, model
