"""Beginning a run, and going on with a stopped one."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from vibecoder.errors import OutputError, UserError
from vibecoder.planning.describe import plan_json
from vibecoder.planning.plan import Plan, replan, runs_folder
from vibecoder.running.gatekeeper import STOPPED
from vibecoder.running.runner import Runner, RunResult

__all__ = ["RunResult", "resume", "run"]


def run(plan: Plan, *, json_output: bool = False) -> RunResult:
    """Carry out a new plan.

    Raises:
        UserError: the folder cannot be written or holds another run.
        TrainingDiverged: a stage broke off and there is no gate; its last good adapter is saved.
    """
    folder = plan.folder
    if (folder / "run.json").exists():
        raise OutputError(f"{folder} already holds a run; go on with it by --resume {folder}, or choose another --name")
    return Runner(plan, json_output).carry_out({**plan_json(plan), "stages": [], "tool_calls": [], "status": "running"})


def resume(
    folder: Path | None,
    *,
    json_output: bool = False,
    max_hours: float | None = None,
    throttle: float | None = None,
) -> RunResult:
    """Go on with the run in `folder`, or with the newest unfinished one below `output.folder`, at its own pace or this.

    Raises:
        UserError: there is no such run, it is finished, or its data changed.
    """
    folder = folder or _newest_unfinished(runs_folder())
    state = _read_run(folder)
    if state.get("status") == "finished":
        raise UserError(f"the run {folder} is finished; its adapter is {folder / 'adapter'}")
    if state.get("status") == STOPPED:
        raise UserError(
            f"the gate stopped the run {folder}, see its report.md; put right what it names and start a new run, "
            "or let it pass with --set evaluate.on_regression=warn"
        )
    plan = replan(folder, state)
    given = {"max_hours": max_hours, "throttle": throttle}
    pace = dataclasses.replace(plan.settings.pace, **{key: value for key, value in given.items() if value is not None})
    plan = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, pace=pace))
    return Runner(plan, json_output).carry_out(state)


def _read_run(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} is no run: it has no readable run.json; see the folders below runs/") from error
    return state


def _newest_unfinished(root: Path) -> Path:
    found = [
        path.parent
        for path in sorted(root.glob("*/run.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        if _read_run(path.parent).get("status") not in ("finished", STOPPED)
    ]
    if not found:
        raise UserError(f"no unfinished run below {root}; name its folder: --resume RUN_DIR")
    return found[0]
