"""Begin a run, or resume a stopped one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vibecoder.errors import OutputError, UserError
from vibecoder.planning.describe import new_record
from vibecoder.planning.plan import Plan, replan, runs_folder
from vibecoder.progress.display import Progress, make_progress
from vibecoder.running.runner import Runner, RunResult
from vibecoder.runs.record import FINISHED, RUN_FILE, STOPPED_BY_GATE, RunRecord

__all__ = ["RunResult", "progress_of", "resume", "run"]


def progress_of(rank: int, json_output: bool = False) -> Progress:
    """Make the display of a run, silent in every process of a launcher but the first."""
    return make_progress(json_output, silent=rank != 0)


def run(plan: Plan, progress: Progress | None = None) -> RunResult:
    """Carry out a new plan, shown by `progress`, by default by the display that suits standard output.

    Raises:
        UserError: the folder cannot be written or holds another run.
        TrainingDiverged: a stage broke off and there is no gate; its last good adapter is saved.
    """
    folder = plan.folder
    if (folder / RUN_FILE).exists():
        raise OutputError(f"{folder} already holds a run; go on with it by --resume {folder}, or choose another --name")
    return Runner(plan, new_record(plan), progress or progress_of(plan.backend.rank_and_world()[0])).run()


def resume(
    folder: Path | None,
    *,
    json_output: bool = False,
    max_hours: float | None = None,
    throttle: float | None = None,
) -> RunResult:
    """Resume the run in `folder`, or the newest unfinished one below `output.folder`, at its own pace or the given one.

    Raises:
        UserError: there is no such run, it is finished, or its data changed.
    """
    folder = folder or _newest_unfinished(runs_folder())
    record = RunRecord.read(folder)
    if record.status == FINISHED:
        raise UserError(f"the run {folder} is finished; its adapter is {folder / 'adapter'}")
    if record.status == STOPPED_BY_GATE:
        raise UserError(
            f"the gate stopped the run {folder}, see its report.md; put right what it names and start a new run, "
            "or let it pass with --set evaluate.on_regression=warn"
        )
    plan = replan(folder, record)
    given = {"max_hours": max_hours, "throttle": throttle}
    pace = dataclasses.replace(plan.settings.pace, **{key: value for key, value in given.items() if value is not None})
    plan = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, pace=pace))
    return Runner(plan, record, progress_of(plan.backend.rank_and_world()[0], json_output)).run()


def _newest_unfinished(root: Path) -> Path:
    paths = sorted(root.glob(f"*/{RUN_FILE}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in (path.parent for path in paths):
        record = RunRecord.find(folder)
        if record and record.status not in (FINISHED, STOPPED_BY_GATE):
            return folder
    raise UserError(f"no unfinished run below {root}; name its folder: --resume RUN_DIR")
