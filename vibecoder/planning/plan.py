"""Deciding a whole run before any model is opened: settings, rows, the split, every stage's training order.

`make_plan` turns a `Request` (what the user typed) into a `Plan`; `replan` does so from a stopped run's `run.json`,
on the same bytes of the dataset, so that a resumed run trains on exactly the rows it was going to.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder import config, plugins
from vibecoder.config import profiles
from vibecoder.config.honoured import check_model
from vibecoder.config.schema import Settings
from vibecoder.dataset import first_rows
from vibecoder.dataset.source import DataSource, load_rows
from vibecoder.dataset.split import split
from vibecoder.evaluate import CallPrompt, call_prompts
from vibecoder.models import ResolvedModel, resolve
from vibecoder.planning.stage import RenderedRows, StagePlan, check_stage, memory_of, plan_stage, within_memory
from vibecoder.plugins.choose import choose_backend
from vibecoder.progress.protocol import Progress, SilentProgress
from vibecoder.rendering import ChatTokenizer
from vibecoder.system.machine import Machine, detect
from vibecoder.types import BackendSpec, Rendered, Stage

__all__ = ["Plan", "Request", "make_plan", "replan", "runs_folder"]


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
    for stage in stages:
        check_stage(stage, stage_settings[stage.name], backend.spec, registry.backends.values())
    model = resolve(settings.model.name)
    check_model(model, settings.model, backend.spec, registry.backends.values())
    tokenizer = ChatTokenizer.load(model.folder)
    if progress:
        first_rows.make(settings, registry, SilentProgress() if backend.spec.rank_and_world()[0] else progress)
    source = load_rows(settings.data.path, registry, limit)
    planned = not progress and not limit and first_rows.are_wanted(settings)
    train, held = split(source.records, settings.data.held_out, settings.seed)
    rows, held_rows = RenderedRows(train, tokenizer), RenderedRows(held, tokenizer)
    memory, unknown = memory_of(model, backend.spec)
    plans = tuple(
        within_memory(
            plan_stage(stage, stage_settings[stage.name], rows, held_rows, backend.spec), model, machine, memory
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
