"""Choosing the backend: the one that is named, or for `auto` the first that this machine can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vibecoder.errors import UserError
from vibecoder.plugins import Registry
from vibecoder.types import BackendSpec

__all__ = ["ChosenBackend", "choose_backend"]

_PREFERRED = ("mlx", "cuda")
"""Before all others: MLX is the lighter one wherever both run; a profile for an NVIDIA GPU names its backend."""


@dataclass(frozen=True, slots=True)
class ChosenBackend:
    """A backend and why it was taken."""

    spec: BackendSpec
    reason: str


def choose_backend(registry: Registry, wanted: str = "auto") -> ChosenBackend:
    """Choose the backend called `wanted`, or the first usable one; for several processes, one that they can share.

    Raises:
        PluginError: there is none of that name.
        UserError: it, or with `auto` every one, is unusable here; the message has each reason and its fix.
    """
    launched = {name: world for name, spec in registry.backends.items() if (world := spec.rank_and_world()[1]) > 1}
    if wanted != "auto":
        spec = registry.backend(wanted)
        if reason := spec.unusable() or _unshared(wanted, launched):
            raise UserError(f"the backend {wanted} cannot be used: {reason}")
        return ChosenBackend(spec, "named")
    names = [name for name in _PREFERRED if name in registry.backends]
    names += [name for name in registry.backends if name not in _PREFERRED]
    reasons: list[str] = []
    for name in names:
        reason = registry.backends[name].unusable() or _unshared(name, launched)
        if reason is None:
            return ChosenBackend(registry.backends[name], "; ".join(["the first that runs here", *reasons]))
        reasons.append(f"not {name}: {reason}")
    broken = [f"the plugin {item.name} is broken: {item.reason}" for item in registry.broken]
    raise UserError(f"no backend can be used here: {'; '.join([*reasons, *broken]) or 'none is installed'}")


def _unshared(name: str, launched: Mapping[str, int]) -> str | None:
    """Say why the processes that were started can't share a run of the backend `name`: each would do all of it."""
    if not launched or name in launched:
        return None
    other, world = next(iter(launched.items()))
    return f"{world} processes were started for a run of the backend {other}; use --backend {other}, or start one"
