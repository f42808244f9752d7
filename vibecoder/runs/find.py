"""Find runs below `output.folder` by name, list their figures, and compare two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.config.files import flatten
from vibecoder.errors import UserError, suggestion
from vibecoder.runs.record import RUN_FILE, RunRecord

__all__ = ["Difference", "FoundRun", "diff", "find_run", "list_runs"]


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run's folder and its record."""

    folder: Path
    record: RunRecord

    @property
    def name(self) -> str:
        return self.record.name or self.folder.name

    def as_dict(self) -> dict[str, Any]:
        """Return the figures that a list shows."""
        record = self.record
        calls = record.measurements
        shown = [calls[at] for at in (0, -1)] if len(calls) > 1 else []
        return {
            "name": self.name,
            "folder": str(self.folder),
            "status": record.status,
            "created": record.created,
            "model": record.model.name or None,
            "backend": record.backend or None,
            "stages": [stage.name for stage in record.stages],
            "steps": sum(stage.steps or 0 for stage in record.stages),
            "tool_calls": [{"when": one.when, "exact": one.exact, "total": one.total} for one in shown],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting or figure called `key` that differs between two runs, None where a run has none."""

    key: str
    left: Any
    right: Any


def list_runs(root: Path) -> list[FoundRun]:
    """List every run below `root`, oldest first; folders without a readable `run.json` are no runs."""
    found = [run for path in sorted(root.glob(f"*/{RUN_FILE}")) if (run := _read(path.parent)) is not None]
    return sorted(found, key=lambda run: (run.record.created or "", run.name))


def find_run(wanted: str, root: Path) -> FoundRun:
    """Find the run whose folder or name is `wanted`, or begins with it if only one does.

    Raises:
        UserError: there is none, or several begin so.
    """
    if (Path(wanted) / RUN_FILE).exists() and (run := _read(Path(wanted))) is not None:
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


def diff(left: FoundRun, right: FoundRun) -> tuple[list[Difference], list[Difference]]:
    """Compare two runs: settings, model, data and versions that differ, then figures that do."""
    return _differences(_given(left), _given(right)), _differences(_figures(left), _figures(right))


def _differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    keys = list(dict.fromkeys([*left, *right]))
    return [Difference(key, left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)]


def _given(run: FoundRun) -> dict[str, Any]:
    record = run.record
    settings = _flat(record.settings)
    facts: dict[str, Any] = {"backend": record.backend or None, "start_adapter": record.start_adapter}
    data = {"sha256": record.data.sha256 or None, "rows": record.data.rows, "held_out": record.data.held_out}
    machine = {"profile": record.machine.profile or None, "system": record.machine.system or None}
    facts |= {f"data.{key}": value for key, value in data.items()}
    facts |= {f"machine.{key}": value for key, value in machine.items()}
    facts |= settings
    for stage, values in record.stage_settings.items():
        own = {key: value for key, value in _flat(values).items() if value != settings.get(key)}
        facts |= {f"stages.{stage}.{key}": value for key, value in own.items()}
    return facts | {f"versions.{key}": value for key, value in record.versions.items()}


def _figures(run: FoundRun) -> dict[str, Any]:
    figures: dict[str, Any] = {"status": run.record.status}
    for result in run.record.measurements:
        figures[f"tool calls, {result.when}"] = f"{result.exact}/{result.total}"
    for stage in run.record.stages:
        for when, loss in (("before", stage.held_out_loss.before), ("after", stage.held_out_loss.after)):
            if loss is not None:
                figures[f"held-out loss {when} {stage.name}"] = round(loss, 4)
        for key in ("rows", "steps", "best_step", "schedule", "tokens_per_second", "peak_memory", "seconds"):
            if (value := getattr(stage, key)) is not None:
                figures[f"{key.replace('_', ' ')} of {stage.name}"] = value
    return figures


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return flatten(settings, RUN_FILE)


def _read(folder: Path) -> FoundRun | None:
    record = RunRecord.find(folder)
    return FoundRun(folder, record) if record else None
