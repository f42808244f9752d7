"""Run the tools that a model calls, each with consent, on a copy of a folder; changes are written back on demand."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import ConfigError, OutputError, suggestion
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.schemas import SETS, schemas
from vibecoder.workspace.sources import Folder
from vibecoder.workspace.tools.by_name import run_tool

__all__ = ["Hands", "tools_of"]

_FILES, _BYTES = 5_000, 50_000_000
_HIDDEN = (".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")
_SHOWN = 4_000


def tools_of(name: str) -> tuple[dict[str, Any], ...]:
    """Return the schemas of one of the sets of tools that rows teach.

    Raises:
        ConfigError: there is no such set.
    """
    if name not in SETS:
        raise ConfigError(f"no set of tools is called {name}{suggestion(name, SETS)}")
    return schemas(SETS[name])


class _Source(Folder):
    """A folder without what belongs to version control and tools."""

    def files(self) -> list[str]:
        found, size = [], 0
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path)
            if any(part in _HIDDEN for part in relative.parts) or not path.is_file() or path.is_symlink():
                continue
            found.append(relative.as_posix())
            size += path.stat().st_size
            if len(found) > _FILES or size > _BYTES:
                most = f"{_FILES} files or {_BYTES // 1_000_000} MB"
                raise ConfigError(f"{self.path} holds more than {most}; give a smaller folder as --workspace")
        return found


class Hands:
    """A copy of a folder that tools work on; `consent` is asked before each call, with the call as text."""

    def __init__(self, folder: Path, consent: Callable[[str], str]) -> None:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder; give one as --workspace")
        self._folder, self._consent = folder.resolve(), consent
        self._scratch = tempfile.TemporaryDirectory(prefix="vibecoder-chat-")
        self._workspace = Workspace(_Source(self._folder), Path(self._scratch.name))
        self._allowed: set[str] = set()

    def run(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Ask and run one call; a refusal is a result that the model reads."""
        shown = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)[:200]}" for key, value in arguments.items())
        if name not in self._allowed:
            said = self._consent(f"{name}({shown})").strip().lower()
            if said in ("a", "always"):
                self._allowed.add(name)
            elif said not in ("y", "yes"):
                return "error: the user did not allow this call"
        result = run_tool(self._workspace, name, arguments)
        return result if len(result) <= _SHOWN else f"{result[:_SHOWN]}\n..."

    def changes(self) -> str:
        """Return what tools changed in the copy, as a unified diff."""
        parts: list[str] = []
        for path in self._changed():
            before, after = self._workspace.original(path) or "", self._workspace.now(path) or ""
            lines = difflib.unified_diff(
                before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
            )
            parts += lines
        return "".join(parts)

    def apply(self) -> list[str]:
        """Write what was changed to the folder itself and return the paths.

        Raises:
            OutputError: a file cannot be written, or was changed there in the meantime.
        """
        done = []
        for path in self._changed():
            place, after = self._folder / path, self._workspace.now(path)
            before = place.read_text(encoding="utf-8") if place.is_file() else None
            if before == after:
                continue
            if before != self._workspace.original(path):
                raise OutputError(f"{place} was changed since the conversation began; merge it yourself: /changes")
            try:
                if after is None:
                    place.unlink()
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(after, encoding="utf-8")
            except OSError as error:
                raise OutputError.of(place, error) from error
            done.append(path)
        return done

    def close(self) -> None:
        """Remove the copy."""
        self._scratch.cleanup()

    def _changed(self) -> list[str]:
        return sorted(path for path in self._workspace.changed if not path.endswith("/"))
