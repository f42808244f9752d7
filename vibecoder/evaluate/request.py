"""From what `vibecoder eval` is asked for to an evaluation: model, adapter, backend, unseen prompts."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from vibecoder import config, plugins
from vibecoder.adapters.folder import check_changes_something, read_adapter
from vibecoder.config import profiles
from vibecoder.config.files import parse_sets
from vibecoder.config.honoured import check_model
from vibecoder.config.schema import Settings
from vibecoder.dataset.source import load_rows
from vibecoder.dataset.split import split
from vibecoder.errors import ConfigError, DataError, ModelError
from vibecoder.evaluate.asking import Asker
from vibecoder.evaluate.running import Scorer, evaluate
from vibecoder.evaluate.scoring.by_name import scorers_of
from vibecoder.evaluate.suites.by_name import choose_suites, prompts_of
from vibecoder.evaluate.types import Verdict
from vibecoder.models import ResolvedModel, cache_folder, name_of, read_config, resolve
from vibecoder.plugins.choose import choose_backend
from vibecoder.progress.display import Progress
from vibecoder.rendering import ChatTokenizer
from vibecoder.runs.codec import encode
from vibecoder.runs.record import RunRecord
from vibecoder.runs.versions import now, versions
from vibecoder.system.machine import detect
from vibecoder.types import BackendSpec, ModelSpec, Prompt, Record, SuiteJob

__all__ = ["Evaluation", "EvaluationRequest", "plan_evaluation", "run_evaluation"]

_SETTABLE = ("data.held_out", "model.precision", "model.quantization", "seed")
"""The settings that an evaluation reads and `--set` may change."""
_OPTIONS = {"backend": "--backend", "data.path": "--data", "model.name": "--model"}
"""Those that have an option, which the run of an adapter answers otherwise."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What the user asked for; None leaves a value to the settings, or to the run that made the adapter."""

    model: str | None = None
    adapter: Path | None = None
    suites: tuple[str, ...] = ()
    backend: str | None = None
    data: str | None = None
    output: Path | None = None
    limit: int | None = None
    sets: tuple[str, ...] = ()
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation decided before a model is opened."""

    folder: Path
    model: ResolvedModel
    adapter: Path | None
    backend: BackendSpec
    settings: Settings
    prompts: Sequence[Prompt]
    scorers: Mapping[str, Scorer]
    about: Mapping[str, Any]
    resume: bool = False
    notices: tuple[str, ...] = field(default=())


def plan_evaluation(request: EvaluationRequest) -> Evaluation:
    """Decide an evaluation's model, adapter, backend, settings and prompts.

    The rows that the suites draw from are held out by the split of the run that made the adapter, if its `run.json`
    lies above it, else by the settings: `data.held_out` and `seed`.

    Raises:
        UserError: anything that was asked for does not exist, does not fit or contradicts itself.
    """
    if request.resume and request.output:
        request = _resumed(request, request.output)
    registry = plugins.load()
    run = RunRecord.find(request.adapter, above=4) if request.adapter else None
    settings = _settings(request, run)
    chosen = choose_suites(request.suites, registry)
    backend = choose_backend(registry, settings.backend).spec
    model = resolve(settings.model.name)
    check_model(model, settings.model, backend, registry.backends.values())
    sha256 = None
    if request.adapter:
        check_changes_something(request.adapter, read_adapter(request.adapter))
        sha256 = _digest(request.adapter)
    told: list[str] = []
    held_out = _held_out(settings, run if request.data is None else None, registry, told)
    prompts = prompts_of(chosen, SuiteJob(held_out, None, settings.seed), request.limit)
    if not prompts:
        raise DataError("the chosen suites have no prompts: no row of the dataset is held out (data.held_out)")
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{Path(settings.model.name).name.lower()}"
    about = {
        "name": model.name,
        "model": model.name,
        "adapter": str(request.adapter) if request.adapter else None,
        "adapter_sha256": sha256,
        "backend": backend.name,
        "quantization": settings.model.quantization,
        "precision": settings.model.precision,
        "suites": [f"{spec.name}:{path}" if path else spec.name for spec, path in chosen],
        "data": settings.data.path,
        "seed": settings.seed,
        "held_out": settings.data.held_out,
        "asked": {"data": request.data, "limit": request.limit, "sets": list(request.sets)},
        "created": now(),
        "versions": versions(),
    }
    return Evaluation(
        folder=request.output or Path("evaluations") / name,
        model=model,
        adapter=request.adapter,
        backend=backend,
        settings=settings,
        prompts=prompts,
        scorers={name: scorer for spec, _ in chosen for name, scorer in spec.scorers.items()},
        about=about,
        resume=request.resume,
        notices=tuple(told),
    )


def run_evaluation(evaluation: Evaluation, progress: Progress) -> tuple[Verdict, ...]:
    """Open the model and evaluate it."""
    settings = evaluation.settings.model
    spec = ModelSpec(str(evaluation.model.folder), settings.quantization, settings.precision, cache=cache_folder())
    tokenizer = ChatTokenizer.load(evaluation.model.folder)
    for notice in tokenizer.calls.warnings(evaluation.model.name):
        progress.warning(notice)
    longest = read_config(evaluation.model.folder).get("max_position_embeddings") or 1 << 30
    with progress.busy(f"opening {evaluation.model.name} on {evaluation.backend.name}"):
        backend = evaluation.backend.open(spec)
    try:
        with progress.busy(f"{len(evaluation.prompts)} prompts") as advance:
            return evaluate(
                Asker(backend, tokenizer, evaluation.adapter, int(longest)),
                evaluation.prompts,
                evaluation.folder,
                evaluation.about,
                scorers={**scorers_of(tokenizer), **evaluation.scorers},
                resume=evaluation.resume,
                advance=advance,
            )
    finally:
        backend.close()


def _resumed(request: EvaluationRequest, folder: Path) -> EvaluationRequest:
    """Fill in what the request leaves open from the evaluation in `folder`; unchanged where there is none."""
    try:
        about = json.loads((folder / "eval.json").read_text(encoding="utf-8"))
        asked = about["asked"]
    except (OSError, ValueError, KeyError, TypeError):
        return request
    return replace(
        request,
        model=request.model or about["model"],
        adapter=request.adapter or (Path(about["adapter"]) if about["adapter"] else None),
        suites=request.suites or tuple(about["suites"]),
        backend=request.backend or about["backend"],
        data=request.data or asked["data"],
        limit=request.limit or asked["limit"],
        sets=request.sets or tuple(asked["sets"]),
    )


def _settings(request: EvaluationRequest, run: RunRecord | None) -> Settings:
    """Load settings as training does, with the model and the split of the adapter's run where nothing else is given.

    Raises:
        ConfigError: one of `request.sets` does nothing in an evaluation, or would ask rows that the run trained on.
    """
    asked = parse_sets(request.sets)
    for name in asked:
        if name not in _SETTABLE:
            instead = f"give {_OPTIONS[name]}" if name in _OPTIONS else f"--set takes {', '.join(_SETTABLE)}"
            raise ConfigError(f"{name} does nothing in an evaluation; {instead}")
    of_run = run.settings if run else {}
    base = None
    if request.adapter and request.model is None:
        base = (of_run.get("model") or {}).get("name") or _base_name(request.adapter)
    given = {
        "model.name": request.model or base,
        "backend": request.backend,
        "data.path": request.data or (of_run.get("data") or {}).get("path"),
        "data.held_out": (of_run.get("data") or {}).get("held_out"),
        "seed": of_run.get("seed"),
    }
    chosen = {key: value for key, value in given.items() if value is not None}
    for name in ("data.held_out", "seed"):
        if name in asked and chosen.get(name, asked[name]) != asked[name]:
            raise ConfigError(
                f"{name} is {chosen[name]} in the run that made the adapter, and another value would ask rows that it "
                f"trained on; drop --set {name}"
            )
    layers = config.load_layers(profiles.choose_profile(detect(), "auto"), config.find_project(), request.sets)
    return config.stage_settings((*layers, config.Layer("the command line", chosen, of_user=True)))


def _base_name(adapter: Path) -> str:
    """Return the model that an adapter names as its base.

    Raises:
        ModelError: it names none.
    """
    try:
        name = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{adapter} names no base model ({error}); give it with --model") from error
    return name_of(str(name))


def _held_out(
    settings: Settings, run: RunRecord | None, registry: plugins.Registry, told: list[str]
) -> Callable[[], Sequence[Record]]:
    """Make the function that reads the held-out rows once, when it is first called."""

    @lru_cache(maxsize=1)
    def read() -> Sequence[Record]:
        source = load_rows(settings.data.path, registry, encode(run.data) if run else None, settings.data.shipped)
        told.extend(notice.replace("training on", "prompts are drawn from") for notice in source.notices)
        return split(source.records, settings.data.held_out, settings.seed)[1]

    return read


def _digest(adapter: Path) -> str | None:
    """Return the SHA-256 of the adapter's weights, or None where they cannot be read."""
    try:
        return hashlib.sha256((adapter / "adapter_model.safetensors").read_bytes()).hexdigest()
    except OSError:
        return None
