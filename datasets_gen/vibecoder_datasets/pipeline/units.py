"""Runs units of work: a few rows by one expert on one slice of one project, decided by nothing but the unit."""

from __future__ import annotations

import gc
import re
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

from vibecoder.dataset.records import parse, to_line
from vibecoder.errors import DataError
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.code.index import CodeIndex, Function
from vibecoder_datasets.code.tested import linked
from vibecoder_datasets.material.context import ExpertContext, Slice, module_key
from vibecoder_datasets.material.supply import OutOfMaterial
from vibecoder_datasets.pipeline.admission import uses_of
from vibecoder_datasets.pipeline.plan import ANY_FUNCTION, LIMIT, is_reserved, quotas
from vibecoder_datasets.pipeline.uses import failing_tests, test_key, used_functions
from vibecoder_datasets.projects.catalogue import project

__all__ = ["ROWS", "Check", "PoolTask", "UnitResult", "UnitRunner", "WorkUnit"]

ROWS = 5
"""Rows a unit aims at: few enough to share work evenly, enough to make up for its beginning."""
ATTEMPTS = 12
"""Tries for each row; what they do not reach, spare units make up for."""
LONGEST = 2048
SECONDS = 900
_ADDRESS = re.compile(r"[\w.]+@\w+\.\w+")  # authors of real code did not ask to be in a dataset


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """Asks for `rows` rows of quota `quota` from slice `number` of `slices` of a project's material.

    `uses` tells how often the rows of earlier categories use each function and failing test; `plain` rows ask without
    asides.
    """

    category: str
    quota: int
    project: str
    number: int
    slices: int
    rows: int
    seed: int
    repo: Path | None = None
    uses: Mapping[str, int] = field(default_factory=dict, compare=False)
    plain: bool = False

    @property
    def name(self) -> str:
        return f"{self.category}/{self.quota}/{self.project}/{self.number}"

    def run_by(self, runner: UnitRunner) -> UnitResult:
        return runner.make(self)

    def failed(self, reason: str) -> UnitResult:
        return UnitResult([], Counter({reason: 1}))


@dataclass(frozen=True, slots=True)
class Check:
    """Asks for the calls of rows of one project to be run again; `number` tells it from others."""

    number: int
    project: str
    rows: tuple[bytes, ...]
    repo: Path | None = None

    @property
    def name(self) -> str:
        return f"rows of {self.project}"

    def run_by(self, runner: UnitRunner) -> list[list[str]]:
        return runner.check(self)

    def failed(self, reason: str) -> list[list[str]]:
        return [[reason] for _ in self.rows]


PoolTask: TypeAlias = WorkUnit | Check


@dataclass(slots=True)
class UnitResult:
    """Holds the rows of a unit, and why others were left out."""

    rows: list[Example] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


class _TooLong(Exception):
    pass


class UnitRunner:
    """Runs units and checks; opens workspaces when first needed, below `folder`, and resets them between rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, Path | None], tuple[Workspace, CodeIndex]] = {}
        self._is_tested: dict[tuple[str, Path | None, str, str], bool] = {}
        self._tokenizer = ChatTokenizer.load(NANO)

    def workspace(self, name: str, repo: Path | None = None) -> Workspace:
        return self._at(name, repo)[0]

    def make(self, unit: WorkUnit) -> UnitResult:
        """Make the rows of a unit; what goes wrong with one costs that one and is counted in `skipped`."""
        workspace, code_index = self._at(unit.project, unit.repo)
        uses = Counter(unit.uses)

        def is_used_up(key: str) -> bool:
            return uses[f"{unit.project}:{key}"] >= LIMIT

        seed = f"{unit.seed}/{unit.category}/{unit.quota}/{unit.project}"
        own = Slice(seed, unit.number % unit.slices, unit.slices)
        context = ExpertContext(
            workspace,
            f"{seed}/{unit.number}",
            own,
            code_index,
            lambda function: is_used_up(f"{function.path}:{function.name}"),
            lambda test: is_used_up(test_key(test)),
            lambda function: self._is_preferred(unit, function),
            unit.plain,
        )
        expert = quotas(unit.category)[unit.quota].expert
        made = UnitResult()
        for _ in range(ATTEMPTS * unit.rows):
            if len(made.rows) >= unit.rows:
                break
            context.functions.drawn.clear()
            workspace.stopped.clear()
            try:
                with _alarm(SECONDS):
                    row = expert(context)
            except OutOfMaterial:
                break
            except Exception as error:
                made.skipped[_line(f"{expert.__name__}: {type(error).__name__}: {error}")] += 1
                row = None
            if workspace.stopped:  # such a program is not run a second time
                made.skipped[f"a program was stopped {workspace.stopped[0]}"] += 1
                drawn = context.functions.drawn
                uses.update({f"{unit.project}:{function.path}:{function.name}": LIMIT for function in drawn})
                continue
            if row is None:
                continue
            functions, tests = used_functions(row, context.functions.drawn, code_index), failing_tests(row)
            reason = self._wrong(row)
            if not reason and any(map(is_used_up, functions | tests)):
                reason = "a function or test that other rows use"
            if reason:
                made.skipped[reason] += 1
                continue
            labels = {"generator": unit.category, "functions": sorted(functions), "failing": sorted(tests)}
            made.rows.append(replace(row, provenance={**row.provenance, **labels}))
            uses.update(uses_of(made.rows[-1]))
        workspace.reset()
        return made

    def _is_preferred(self, unit: WorkUnit, function: Function) -> bool:
        """Tell whether a unit should draw on a function before others, to spread the uses of functions."""
        if unit.category not in ANY_FUNCTION:
            return is_reserved(unit.project, module_key(function.path), unit.category, unit.quota)
        key = (unit.project, unit.repo, function.path, function.name)
        if key not in self._is_tested:
            self._is_tested[key] = linked(self.workspace(unit.project, unit.repo), function) is not None
        return not self._is_tested[key]

    def check(self, check: Check) -> list[list[str]]:
        """Run the calls of rows again; list for each what is otherwise than stored."""
        workspace = self.workspace(check.project, check.repo)
        found = []
        for line in check.rows:
            row = parse(line)
            assert isinstance(row, Example)
            try:
                with _alarm(SECONDS):
                    found.append([*claims.misfits(row), *replay.differences(row, workspace)])
            except Exception as error:
                found.append([_line(f"{type(error).__name__}: {error}")])
        return found

    def _wrong(self, row: Example) -> str:
        """Find why a row cannot be in a dataset, or return "" where it can."""
        if _ADDRESS.search(str(row.messages)):
            return "an address of a person"
        if misfits := claims.misfits(row):
            return _line(f"a call that does not fit: {misfits[0]}")
        if unsupported := claims.unsupported(row):
            return _line(f"a statement that nothing shows: {unsupported[0]}")
        try:
            to_line(row)
        except DataError as error:
            return _line(str(error))
        if len(render(row, self._tokenizer)) > LONGEST:
            return f"over {LONGEST} tokens"
        return ""

    def _at(self, name: str, repo: Path | None) -> tuple[Workspace, CodeIndex]:
        if (name, repo) not in self._open:
            folder = self._folder / str(len(self._open))
            folder.mkdir(parents=True)
            with _uncollected():
                workspace = Workspace(project(name, repo), folder)
                self._open[name, repo] = workspace, CodeIndex(workspace)
        return self._open[name, repo]


def _line(text: str) -> str:
    return " ".join(text.split())[:160]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave what the block makes, the trees of all files, out of garbage collection: it is kept, and slow to walk."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Raise `_TooLong` in the block once it has run for so long."""

    def ring(number: int, frame: FrameType | None) -> Any:
        raise _TooLong(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
