"""Loading plugins: built-ins and third parties come through the same `vibecoder` entry points into one `Registry`.

A plugin that fails to import, registers a misspelt hook or answers with the wrong type is recorded in
`Registry.broken` with its reason and never stops the others. Two descriptors of one name are an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from vibecoder import hookspecs
from vibecoder.errors import PluginError, suggestion
from vibecoder.types import BackendSpec, CommandSpec, GeneratorSpec, ImporterSpec, RewardSpec, Stage, SuiteSpec

__all__ = ["BrokenPlugin", "Registry", "load"]

_HOOKS: dict[str, type] = {
    "vibecoder_backends": BackendSpec,
    "vibecoder_stages": Stage,
    "vibecoder_generators": GeneratorSpec,
    "vibecoder_rewards": RewardSpec,
    "vibecoder_importers": ImporterSpec,
    "vibecoder_suites": SuiteSpec,
    "vibecoder_commands": CommandSpec,
}


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin that could not be used, where it comes from and why."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything the plugins offer, by name; `sources` tells which plugin each descriptor came from."""

    backends: Mapping[str, BackendSpec]
    stages: Mapping[str, Stage]
    generators: Mapping[str, GeneratorSpec]
    rewards: Mapping[str, RewardSpec]
    importers: Mapping[str, ImporterSpec]
    suites: Mapping[str, SuiteSpec]
    commands: Mapping[str, CommandSpec]
    sources: Mapping[tuple[str, str], str]
    broken: tuple[BrokenPlugin, ...]

    def backend(self, name: str) -> BackendSpec:
        """Return the backend called `name`.

        Raises:
            PluginError: there is none of that name.
        """
        if name not in self.backends:
            raise PluginError(f"unknown backend {name}{suggestion(name, self.backends)}{self._hint()}")
        return self.backends[name]

    def select_stages(self, names: Iterable[str]) -> list[Stage]:
        """Return the named stages (or `all`) by ascending order, each once.

        Raises:
            PluginError: a name is unknown, or none is given.
        """
        wanted = [part for name in names for part in name.split(",") if part]
        ordered = sorted(self.stages.values(), key=lambda stage: (stage.order, stage.name))
        for name in wanted:
            if name != "all" and name not in self.stages:
                raise PluginError(f"unknown stage {name}{suggestion(name, [*self.stages, 'all'])}{self._hint()}")
        chosen = ordered if "all" in wanted else [stage for stage in ordered if stage.name in wanted]
        if not chosen:
            raise PluginError("no stage to train; install a plugin that has one, or see `vibecoder plugins`")
        return chosen

    def _hint(self) -> str:
        names = ", ".join(broken.name for broken in self.broken)
        return f" (broken plugins: {names}; see `vibecoder plugins`)" if names else ""


def load(*extra: ModuleType | object, installed: bool = True) -> Registry:
    """Build a fresh registry of the installed plugins and any `extra` modules or objects with hook implementations.

    Raises:
        PluginError: two plugins offer a backend, stage, generator, reward, importer, suite or command of one name.
    """
    manager = pluggy.PluginManager("vibecoder")
    manager.add_hookspecs(hookspecs)
    broken: list[BrokenPlugin] = []
    if installed:
        for entry in sorted(entry_points(group="vibecoder"), key=lambda e: e.name):
            _register(manager, entry.name, entry, broken)
    for plugin in extra:
        _register(manager, getattr(plugin, "__name__", repr(plugin)), plugin, broken)

    found: dict[str, dict[str, Any]] = {hook: {} for hook in _HOOKS}
    sources: dict[tuple[str, str], str] = {}
    for hook, expected in _HOOKS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            try:
                answer = list(implementation.function())
                wrong = next((item for item in answer if not isinstance(item, expected)), None)
                if wrong is not None:
                    raise TypeError(f"{hook} answered with {type(wrong).__name__}, not {expected.__name__}")
            except Exception as error:
                broken.append(_broken(name, implementation.plugin, error))
                continue
            for item in answer:
                if item.name in found[hook]:
                    other = sources[hook, item.name]
                    kind = hook.removeprefix("vibecoder_").removesuffix("s")
                    raise PluginError(
                        f"two plugins offer the {kind} {item.name}: {other} and {name}; uninstall or rename one of them"
                    )
                found[hook][item.name] = item
                sources[hook, item.name] = name
    return Registry(
        **{hook.removeprefix("vibecoder_"): found[hook] for hook in _HOOKS}, sources=sources, broken=tuple(broken)
    )


def _register(manager: pluggy.PluginManager, name: str, plugin: Any, broken: list[BrokenPlugin]) -> None:
    """Register one plugin, or take it out again and say why it cannot be used."""
    module = plugin
    taken = manager.has_plugin(name)
    try:
        if isinstance(plugin, EntryPoint):
            module = plugin.load()
        manager.register(module, name=name)
        manager.check_pending()
    except Exception as error:
        if not taken and manager.has_plugin(name):
            manager.unregister(name=name)
        broken.append(_broken(name, plugin, error))


def _broken(name: str, plugin: Any, error: Exception) -> BrokenPlugin:
    source = plugin.value if isinstance(plugin, EntryPoint) else getattr(plugin, "__name__", repr(plugin))
    reason = str(error).strip().split("\n")[0] or "no reason given"
    return BrokenPlugin(name, source, f"{type(error).__name__}: {reason}")
