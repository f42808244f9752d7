"""Load the results of a comparison's two sides, evaluating a side that has none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from vibecoder.config.schema import SHIPPED
from vibecoder.errors import DataError
from vibecoder.evaluate.request import EvaluationRequest, plan_evaluation, run_evaluation
from vibecoder.evaluate.results import Results, find_results, read_results
from vibecoder.progress.display import Progress
from vibecoder.runs.record import RUN_FILE, RunRecord

__all__ = ["obtain"]

_FOLDER = Path("evaluations")


def obtain(
    base: str, tuned: str, suites: tuple[str, ...], data: str | None, limit: int | None, progress: Progress
) -> tuple[Results, Results]:
    """Load the results of both sides, each a results folder, a run, an adapter or a model's name.

    What has no results, and with `suites` every run, is evaluated first. A model without a run of its own is asked what
    the other side was: the held-out rows of the run that its adapter lies in.

    Raises:
        UserError: a side is none of these, or cannot be evaluated.
    """
    question = _Question(suites, data, limit, _run_of(tuned) or _run_of(base))
    before, after = (None if suites and _is_run(side) else _existing(side) for side in (base, tuned))
    return before or _evaluated(base, question, progress), after or _evaluated(tuned, question, progress)


@dataclass(frozen=True, slots=True)
class _Question:
    """What to evaluate on; a model without a run of its own gets the held-out rows of `run`."""

    suites: tuple[str, ...]
    data: str | None
    limit: int | None
    run: RunRecord | None

    def of_model(self) -> tuple[str | None, tuple[str, ...]]:
        """Return the dataset and the settings of the split for a model that has no run."""
        settings = self.run.settings if self.run else {}
        path = (settings.get("data") or {}).get("path")
        known = {"seed": settings.get("seed"), "data.held_out": (settings.get("data") or {}).get("held_out")}
        sets = tuple(f"{key}={value}" for key, value in known.items() if value is not None)
        return self.data or (None if path in SHIPPED else path), sets


def _existing(side: str) -> Results | None:
    path = Path(side)
    folder = find_results(path)
    return read_results(folder) if folder else None


def _evaluated(side: str, question: _Question, progress: Progress) -> Results:
    path = Path(side)
    adapter = _adapter(path)
    if adapter is None and path.is_dir() and not (path / "config.json").is_file():
        raise DataError(f"{side} holds no results, no adapter and no model; make results with `vibecoder eval`")
    # One folder a question: the same model asked the same again goes on with it, and finds all there.
    data, sets = (question.data, ()) if adapter else question.of_model()
    asked = [str(path.resolve()) if path.exists() else side, question.suites, question.limit, data, sets]
    folder = _FOLDER / f"{path.name}-{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:10]}"
    request = EvaluationRequest(
        model=None if adapter else side,
        adapter=adapter,
        suites=question.suites,
        data=data,
        output=folder,
        limit=question.limit,
        sets=sets,
        resume=(folder / "results.jsonl").exists(),
    )
    evaluation = plan_evaluation(request)
    for notice in evaluation.notices:
        progress.notice(notice)
    run_evaluation(evaluation, progress)
    return read_results(folder)


def _adapter(path: Path) -> Path | None:
    return next((folder for folder in (path, path / "adapter") if (folder / "adapter_config.json").is_file()), None)


def _is_run(side: str) -> bool:
    return (Path(side) / RUN_FILE).is_file()


def _run_of(side: str) -> RunRecord | None:
    """Read the record of the run that `side` is, or is inside of; None where there is none."""
    return RunRecord.find(Path(side), above=4)
