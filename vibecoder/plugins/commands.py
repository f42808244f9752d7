"""List the commands that plugins add, from a cache, so that `vibecoder --help` need not look at any plugin.

The cache holds as long as the folders that Python imports from, and the modules of the plugins, have the times that
they had: installing, upgrading, editing or removing a plugin makes it anew. Asking for entry points or importing pluggy
would take longer than all the rest of `vibecoder --help`.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PluginCommand", "cache_file", "plugin_commands"]


@dataclass(frozen=True, slots=True)
class PluginCommand:
    """A plugin's command: its `target` is the `module:attribute` of a click command, `source` the plugin's name."""

    name: str
    summary: str
    target: str
    source: str


def plugin_commands(cache: Path | None = None) -> tuple[PluginCommand, ...]:
    """List the commands of installed plugins; `cache` is the file that remembers them, by default the user's.

    Raises:
        PluginError: two plugins offer something of the same name.
    """
    path = cache or cache_file()
    remembered = _read(path)
    if remembered is not None:
        return remembered
    from importlib.metadata import entry_points

    from vibecoder.plugins.registry import load

    registry = load()
    modules = [sys.modules.get(entry.module) for entry in entry_points(group="vibecoder")]
    files = [file for module in modules if (file := getattr(module, "__file__", None))]
    found = tuple(
        PluginCommand(spec.name, spec.summary, spec.target, registry.sources["vibecoder_commands", spec.name])
        for spec in registry.commands.values()
    )
    if not registry.broken:  # one that is broken may be whole the next time, without any file being newer
        _write(path, [*_folders(), *files], found)
    return found


def cache_file() -> Path:
    """Return the file of the cache: in `$VIBECODER_CACHE`, else in the user's cache folder, one for each Python."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get("VIBECODER_CACHE") or os.path.join(caches, "vibecoder")
    return Path(folder, f"plugin-commands-{zlib.crc32(sys.prefix.encode()):08x}.json")


def _folders() -> list[str]:
    """List the folders that plugins are imported from; the current one, which differs each time, is none."""
    here = os.getcwd()
    return [folder for folder in sys.path if folder and folder != here and os.path.isdir(folder)]


def _times(paths: Iterable[str]) -> list[list[str | int]]:
    return [[path, os.stat(path).st_mtime_ns] for path in paths]


def _read(path: Path) -> tuple[PluginCommand, ...] | None:
    """Read the cache; None where there is none, or something changed since it was written."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        known = [str(item[0]) for item in value["times"]]
        if not set(_folders()) <= set(known) or _times(known) != value["times"]:
            return None
        return tuple(PluginCommand(*item) for item in value["commands"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _write(path: Path, paths: Sequence[str], found: Sequence[PluginCommand]) -> None:
    commands = [[item.name, item.summary, item.target, item.source] for item in found]
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps({"times": _times(paths), "commands": commands}), encoding="utf-8")
        scratch.replace(path)
    except OSError:  # a cache that cannot be written costs a little time, nothing else
        with suppress(OSError):
            scratch.unlink()
