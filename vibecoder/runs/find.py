"""The runs below `output.folder`: finding one by name, its figures in a line, and what differs between two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.config.files import flatten
from vibecoder.errors import UserError, suggestion

__all__ = ["Difference", "Run", "diff", "find_run", "list_runs"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder and the content of its `run.json`."""

    folder: Path
    state: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.state.get("name") or self.folder.name)

    @property
    def stages(self) -> list[str]:
        """The stages that are done."""
        return [str(stage.get("name", "?")) for stage in self.state.get("stages") or ()]

    @property
    def steps(self) -> int:
        return sum(stage.get("steps") or 0 for stage in self.state.get("stages") or ())

    @property
    def tool_calls(self) -> list[Mapping[str, Any]]:
        """The measurements of held-out tool calls that had prompts, in order."""
        return [result for result in self.state.get("tool_calls") or () if result.get("total")]

    def as_dict(self) -> dict[str, Any]:
        """The figures a list shows."""
        calls = self.tool_calls
        return {
            "name": self.name,
            "folder": str(self.folder),
            "status": self.state.get("status", "unknown"),
            "created": self.state.get("created"),
            "model": (self.state.get("model") or {}).get("name"),
            "backend": self.state.get("backend"),
            "stages": self.stages,
            "steps": self.steps,
            "tool_calls": [{key: calls[at].get(key) for key in ("when", "exact", "total")} for at in (0, -1)]
            if len(calls) > 1
            else [],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two runs do not share: `key` is a setting or a figure, None where a run has none."""

    key: str
    left: Any
    right: Any


def list_runs(root: Path) -> list[Run]:
    """Every run below `root`, oldest first; folders without a readable `run.json` are no runs."""
    found = [run for path in sorted(root.glob("*/run.json")) if (run := _read(path.parent)) is not None]
    return sorted(found, key=lambda run: (str(run.state.get("created") or ""), run.name))


def find_run(wanted: str, root: Path) -> Run:
    """The run whose folder or name is `wanted`, or begins with it if only one does.

    Raises:
        UserError: there is none, or several begin so.
    """
    if (Path(wanted) / "run.json").exists() and (run := _read(Path(wanted))) is not None:
        return run
    runs = list_runs(root)
    matching = [run for run in runs if run.folder.name == wanted] or [
        run for run in runs if run.folder.name.startswith(wanted)
    ]
    if len(matching) == 1:
        return matching[0]
    if matching:
        names = ", ".join(run.folder.name for run in matching)
        raise UserError(f"several runs below {root} begin with {wanted}: {names}; give more of the name")
    raise UserError(f"no run {wanted} below {root}{suggestion(wanted, [run.folder.name for run in runs])}")


def diff(left: Run, right: Run) -> tuple[list[Difference], list[Difference]]:
    """Settings, model, data and versions in which two runs differ, and then figures in which they do."""
    return _differences(_given(left), _given(right)), _differences(_figures(left), _figures(right))


def _differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    keys = list(dict.fromkeys([*left, *right]))
    return [Difference(key, left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)]


def _given(run: Run) -> dict[str, Any]:
    state = run.state
    settings = _flat(state.get("settings"))
    facts: dict[str, Any] = {"backend": state.get("backend"), "start_adapter": state.get("start_adapter")}
    facts |= {f"data.{key}": (state.get("data") or {}).get(key) for key in ("sha256", "rows", "held_out")}
    facts |= {f"machine.{key}": (state.get("machine") or {}).get(key) for key in ("profile", "system")}
    facts |= settings
    for stage, values in (state.get("stage_settings") or {}).items():
        own = {key: value for key, value in _flat(values).items() if value != settings.get(key)}
        facts |= {f"stages.{stage}.{key}": value for key, value in own.items()}
    return facts | {f"versions.{key}": value for key, value in (state.get("versions") or {}).items()}


def _figures(run: Run) -> dict[str, Any]:
    figures: dict[str, Any] = {"status": run.state.get("status")}
    for result in run.tool_calls:
        figures[f"tool calls, {result.get('when')}"] = f"{result.get('exact', 0)}/{result['total']}"
    for stage in run.state.get("stages") or ():
        name, loss = stage.get("name"), stage.get("held_out_loss") or {}
        for when in ("before", "after"):
            if loss.get(when) is not None:
                figures[f"held-out loss {when} {name}"] = round(loss[when], 4)
        for key in ("rows", "steps", "best_step", "schedule", "tokens_per_second", "peak_memory", "seconds"):
            if stage.get(key) is not None:
                figures[f"{key.replace('_', ' ')} of {name}"] = stage[key]
    return figures


def _flat(settings: object) -> dict[str, Any]:
    return flatten(settings, "run.json") if isinstance(settings, Mapping) else {}


def _read(folder: Path) -> Run | None:
    try:
        state = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Run(folder, state) if isinstance(state, dict) else None
