"""Load settings from their layers, later ones winning: default, machine profile, stage, `./vibecoder.yaml`, `--set`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibecoder.config.files import checked, configs_folder, parse_sets, read_yaml
from vibecoder.config.keys import keys, stage_key
from vibecoder.config.schema import Settings
from vibecoder.errors import ConfigError, suggestion
from vibecoder.types import Stage

if TYPE_CHECKING:
    from vibecoder.config.profiles import Profile

__all__ = [
    "PROJECT_FILE",
    "Layer",
    "check_stage_names",
    "find_project",
    "from_dict",
    "load_layers",
    "load_settings",
    "origins",
    "stage_settings",
    "to_dict",
]

PROJECT_FILE = "vibecoder.yaml"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's checked settings by dotted key, and where they come from; a stage's own are `stages.NAME.train.*`.

    `of_user` marks what the user wrote: it beats the defaults of a stage, which beat the shipped layers.
    """

    source: str
    values: Mapping[str, Any]
    of_user: bool = False


def load_layers(profile: Profile | None, project: Path | None, sets: Sequence[str]) -> tuple[Layer, ...]:
    """Read and check every layer.

    Args:
        profile: the machine's (`vibecoder.config.profiles.choose`), or None for the defaults alone.
        project: the user's file (`find_project`), or None.
        sets: `KEY=VALUE` assignments.

    Raises:
        ConfigError: a file cannot be read, or one of its settings is unknown or has a value that does not fit.
    """
    default = configs_folder() / "default.yaml"
    layers = [Layer("configs/default.yaml", checked(read_yaml(default, str(default)), "configs/default.yaml"))]
    if profile is not None:
        layers.append(Layer(f"profile {profile.name}", profile.values))
    if project is not None:
        layers.append(Layer(str(project), checked(read_yaml(project, str(project)), str(project)), of_user=True))
    if sets:
        layers.append(Layer("--set", parse_sets(sets), of_user=True))
    return tuple(layers)


def load_settings(
    profile: Profile | None, project: Path | None, sets: Sequence[str], stage: Stage | None = None
) -> Settings:
    """Merge the layers into the settings of a run, or of one stage of it. See `load_layers` and `stage_settings`.

    Raises:
        ConfigError: see `load_layers`; also for settings that contradict each other.
    """
    return stage_settings(load_layers(profile, project, sets), stage)


def stage_settings(layers: Iterable[Layer], stage: Stage | None = None) -> Settings:
    """Merge the settings of one stage, `stages` left empty; without a stage, of the whole run.

    Raises:
        ConfigError: the stage overrides a setting that does not exist, or settings contradict each other.
    """
    layers = tuple(layers)
    values = {name: value for name, (value, _) in _merged(layers, stage).items()}
    settings: Settings = _build(Settings, values, "")
    if stage is None:
        settings = dataclasses.replace(settings, stages=_stages(layers))
    _refuse_contradictions(settings)
    return settings


def origins(layers: Iterable[Layer], stage: Stage | None = None) -> dict[str, tuple[Any, str]]:
    """List every setting's value and the layer it comes from, in the schema's order."""
    merged = _merged(tuple(layers), stage)
    return {name: merged.get(name, (key.default, "built in")) for name, key in keys().items()}


def check_stage_names(layers: Iterable[Layer], known: Iterable[str]) -> None:
    """Refuse `stages.NAME.*` of a stage that does not exist.

    Raises:
        ConfigError: naming the stage and where it is written.
    """
    names = set(known)
    for layer in layers:
        for key in layer.values:
            of_stage = stage_key(key)
            if of_stage and of_stage[0] not in names:
                raise ConfigError(
                    f"{key} is for a stage that does not exist{suggestion(of_stage[0], names)} (from {layer.source})"
                )


def find_project(folder: Path | None = None) -> Path | None:
    """Find the `vibecoder.yaml` of `folder`, by default the current one."""
    path = Path(PROJECT_FILE) if folder is None else folder / PROJECT_FILE
    return path if path.exists() else None


def to_dict(settings: Settings) -> dict[str, Any]:
    """Convert settings to JSON values; `from_dict` reads them back equal."""
    values = dataclasses.asdict(settings)
    values["lora"]["targets"] = list(settings.lora.targets)
    return values


def from_dict(values: Mapping[str, Any], source: str = "run.json") -> Settings:
    """Convert settings back from `to_dict`'s form.

    Raises:
        ConfigError: an unknown setting, or a value that does not fit.
    """
    return stage_settings([Layer(source, checked(values, source))])


def _merged(layers: Sequence[Layer], stage: Stage | None) -> dict[str, tuple[Any, str]]:
    """Merge the layers into dotted key -> (value, source); later layers win, a stage's over general."""
    merged: dict[str, tuple[Any, str]] = {}
    shipped = [layer for layer in layers if not layer.of_user]
    user = [layer for layer in layers if layer.of_user]
    passes = [(layer, False) for layer in shipped]
    if stage is not None:
        source = f"stage {stage.name}"
        own = {name: value for name, value in checked(stage.overrides, source).items() if _of_train(name, source)}
        passes += [(Layer(source, own), False), *((layer, True) for layer in shipped)]
    for layer in user:
        passes += [(layer, False), (layer, True)]
    for layer, of_stage in passes:
        for name, value in layer.values.items():
            parts = stage_key(name)
            if of_stage and parts and stage and parts[0] == stage.name:
                merged[parts[1]] = (value, f"{layer.source}, for the stage {stage.name}")
            elif not of_stage and not parts:
                merged[name] = (value, layer.source)
    return merged


def _of_train(name: str, source: str) -> bool:
    if not name.startswith("train."):
        raise ConfigError(f"a stage can set train.* only, not {name} (from {source})")
    return True


def _build(cls: Any, values: Mapping[str, Any], prefix: str) -> Any:
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        name = prefix + field.name
        if field.metadata:
            if name in values:
                fields[field.name] = values[name]
        elif field.default_factory is not dict and field.default_factory is not dataclasses.MISSING:
            fields[field.name] = _build(field.default_factory, values, f"{name}.")
    return cls(**fields)


def _stages(layers: Iterable[Layer]) -> dict[str, Any]:
    """Group the settings of single stages as `Settings.stages` has them."""
    stages: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.values.items():
            if parts := stage_key(key):
                section, name = parts[1].split(".")
                stages.setdefault(parts[0], {}).setdefault(section, {})[name] = value
    return stages


def _refuse_contradictions(settings: Settings) -> None:
    """Refuse combinations of settings that no single key can rule out."""
    repo = settings.hub.repo
    if repo and (repo.count("/") != 1 or not all(repo.split("/")) or " " in repo):
        raise ConfigError(f"hub.repo must be USER/REPO, not {repo!r}")
    if settings.evaluate.prompts and settings.evaluate.max_new_tokens >= settings.data.max_length:
        raise ConfigError(
            f"evaluate.max_new_tokens ({settings.evaluate.max_new_tokens}) leaves no room for a prompt in "
            f"data.max_length ({settings.data.max_length}); lower the one or raise the other"
        )
