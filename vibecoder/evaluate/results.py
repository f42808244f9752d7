"""Results folders: writing one whole, reading one with every check, and finding the one that a path means."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.evaluate.types import Verdict
from vibecoder.runs.parts import BASE
from vibecoder.runs.record import RunRecord
from vibecoder.system.writing import atomic_folder

__all__ = ["EVALUATIONS", "Results", "find_results", "read_results", "write_results"]

EVALUATIONS = "evaluations"
"""The folder of a run in which the results of each measurement lie: `base`, then one folder a stage."""

_FIELDS = {item.name: item for item in dataclasses.fields(Verdict)}
_REQUIRED = frozenset(
    name
    for name, item in _FIELDS.items()
    if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
)


@dataclass(frozen=True, slots=True)
class Results:
    """What a model made of its prompts. `about` is the content of `eval.json`."""

    folder: Path
    about: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]

    @property
    def name(self) -> str:
        """What to call it beside another: the model and its adapter, else the folder."""
        adapter = self.about.get("adapter")
        names = [str(self.about[key]) for key in ("name", "model") if self.about.get(key)]
        return f"{names[0]} with {adapter}" if names and adapter else names[0] if names else str(self.folder)


def write_results(folder: Path, about: Mapping[str, Any], verdicts: Iterable[Verdict]) -> None:
    """Write a results folder whole; one of that name is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    with atomic_folder(folder) as scratch:
        (scratch / "eval.json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        lines = [json.dumps(dataclasses.asdict(verdict), ensure_ascii=False) + "\n" for verdict in verdicts]
        (scratch / "results.jsonl").write_text("".join(lines), encoding="utf-8")


def read_results(folder: Path) -> Results:
    """Read a results folder. A last line that was cut off is passed over: its evaluation was stopped there.

    Raises:
        DataError: it is no results folder, a line of it is no verdict, or a prompt stands there twice.
    """
    try:
        about = json.loads((folder / "eval.json").read_text(encoding="utf-8"))
        text = (folder / "results.jsonl").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} holds no results of `vibecoder eval`: {error}") from error
    if not isinstance(about, dict):
        raise DataError(f"{folder / 'eval.json'} is not a JSON object; evaluate again with `vibecoder eval`")
    lines = text.split("\n")[:-1]  # not splitlines, which also cuts at U+2028 and the like
    verdicts = [_verdict(line, folder, number) for number, line in enumerate(lines, 1)]
    seen: set[str] = set()
    for number, verdict in enumerate(verdicts, 1):
        if verdict.prompt in seen:
            raise DataError(f"{folder / 'results.jsonl'}:{number}: the prompt {verdict.prompt} stands there twice")
        seen.add(verdict.prompt)
    return Results(folder, about, tuple(verdicts))


def find_results(path: Path) -> Path | None:
    """Return the results folder that `path` means: itself, or the last one of a run; None where there is none."""
    if (path / "results.jsonl").is_file():
        return path
    found = [result for result in _of_run(path) if (result / "results.jsonl").is_file()]
    return found[-1] if found else None


def _of_run(path: Path) -> Sequence[Path]:
    run = RunRecord.find(path)
    return [path / EVALUATIONS / name for name in (BASE, *(stage.name for stage in run.stages))] if run else ()


def _verdict(line: str, folder: Path, number: int) -> Verdict:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not set(value) >= _REQUIRED:
        raise DataError(
            f"{folder / 'results.jsonl'}:{number} is no verdict; delete the line and evaluate with --resume"
        )
    return Verdict(**{key: item for key, item in value.items() if key in _FIELDS})
