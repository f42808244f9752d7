"""Choose the machine's profile: the file in `configs/` that fits the machine, or the one the user names.

A profile is a settings file with a `match` section: `kind` (apple, nvidia or cpu) and `memory_gb`, the memory it was
made for. Of a machine's kind the largest one that its memory holds is taken, and the reason says how near it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.config.files import checked, configs_folder, read_yaml
from vibecoder.errors import ConfigError, suggestion
from vibecoder.system.machine import GIB, Gpu, Machine

__all__ = ["Profile", "choose_profile", "names"]

_KINDS = ("apple", "nvidia", "cpu")
_SLACK = 0.85
"""Share of the stated memory that counts as having it: a 16 GB card reports 14.6 GiB."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings by dotted key for one kind of machine, and why they were chosen."""

    name: str
    reason: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shipped:
    name: str
    kind: str
    memory_gb: float
    values: Mapping[str, Any]


def names() -> list[str]:
    """List the shipped profiles."""
    return sorted(path.stem for path in configs_folder().glob("*.yaml") if path.stem != "default")


def choose_profile(machine: Machine, name: str = "auto") -> Profile:
    """Choose the profile called `name`, the YAML file `name`, or for `auto` the one nearest to the machine.

    Raises:
        ConfigError: there is no such profile, or its file has a setting that is unknown or does not fit.
    """
    if name != "auto":
        return _named(name)
    gpu, kind = machine.gpu, _kind(machine)
    memory = gpu.memory if gpu and kind == "nvidia" and gpu.memory else machine.memory
    candidates = sorted((p for p in map(_load, names()) if p.kind == kind), key=lambda profile: profile.memory_gb)
    fitting = [profile for profile in candidates if memory >= profile.memory_gb * _SLACK * GIB]
    taken = fitting[-1] if fitting else candidates[0]
    reason = _what(machine, gpu, kind)
    size = memory / GIB
    if not fitting:
        reason += (
            f"; the nearest profile is for {taken.memory_gb:g} GB: if memory runs out, lower data.max_length "
            "or take a smaller --model"
        )
    elif kind != "cpu" and size > taken.memory_gb * 1.2:
        reason += (
            f"; the nearest profile is for {taken.memory_gb:g} GB: there is room for a larger train.batch_size "
            "or data.max_length"
        )
    values = dict(taken.values)
    if gpu and kind == "nvidia" and gpu.capability and gpu.capability >= (8, 0):
        values["model.precision"] = "auto"
        reason += "; bfloat16, which it has"
    return Profile(taken.name, reason, values)


def _kind(machine: Machine) -> str:
    if machine.apple and not machine.translated:
        return "apple"
    return "nvidia" if machine.gpu else "cpu"


def _what(machine: Machine, gpu: Gpu | None, kind: str) -> str:
    if kind == "apple":
        return f"{machine.apple} with {machine.memory / GIB:.0f} GB"
    if gpu and kind == "nvidia":
        count = f"{len(machine.gpus)} GPUs, the largest " if len(machine.gpus) > 1 else ""
        size = f" with {gpu.memory / GIB:.0f} GB" if gpu.memory else ""
        return f"{count}{gpu.name}{size}"
    if machine.translated:
        return f"{machine.apple}, but this Python runs under Rosetta; install an arm64 Python to train with MLX on it"
    return "neither Apple silicon nor an NVIDIA GPU"


def _named(name: str) -> Profile:
    path = Path(name).expanduser()
    if path.suffix in (".yaml", ".yml"):
        return Profile(path.stem, f"named: {path}", _read(path, str(path)).values)
    if name not in names():
        raise ConfigError(f"unknown profile {name}{suggestion(name, [*names(), 'auto'])} (or give a YAML file)")
    return Profile(name, "named", _load(name).values)


def _load(name: str) -> _Shipped:
    return _read(configs_folder() / f"{name}.yaml", f"configs/{name}.yaml")


def _read(path: Path, source: str) -> _Shipped:
    document = read_yaml(path, source)
    match = document.pop("match", None) or {"kind": "cpu", "memory_gb": 0}
    if not isinstance(match, dict) or match.keys() != {"kind", "memory_gb"} or match["kind"] not in _KINDS:
        raise ConfigError(f"`match` must hold kind (one of {', '.join(_KINDS)}) and memory_gb (from {source})")
    return _Shipped(path.stem, match["kind"], float(match["memory_gb"]), checked(document, source))
