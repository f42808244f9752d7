"""Units of work: a few rows by one expert on one part of one project, made from nothing but what the unit says."""

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
from vibecoder_datasets.code.survey import Function, Survey
from vibecoder_datasets.code.tested import linked
from vibecoder_datasets.material.hand import OutOfMaterial
from vibecoder_datasets.material.kit import Kit, Part, place
from vibecoder_datasets.pipeline.admission import uses_of
from vibecoder_datasets.pipeline.plan import ANY_FUNCTION, LIMIT, is_first, shares
from vibecoder_datasets.pipeline.uses import failing_tests, test_key, used_functions
from vibecoder_datasets.projects.catalogue import project

__all__ = ["ROWS", "Check", "Made", "Task", "Unit", "Workshop"]

ROWS = 5
"""Rows a unit aims at: few enough to share work evenly, enough to make up for its beginning."""
ATTEMPTS = 12
"""Tries for each row; what they do not reach, spare units make up for."""
LONGEST = 2048
SECONDS = 900
_ADDRESS = re.compile(r"[\w.]+@\w+\.\w+")  # authors of real code did not ask to be in a dataset


@dataclass(frozen=True, slots=True)
class Unit:
    """Row maker number `number` of share `share` on `project`; `parts` divide the project's material.

    `uses` tells how often the rows of earlier categories use each function and failing test; `plain` rows ask without
    asides.
    """

    category: str
    share: int
    project: str
    number: int
    parts: int
    rows: int
    seed: int
    repo: Path | None = None
    uses: Mapping[str, int] = field(default_factory=dict, compare=False)
    plain: bool = False

    @property
    def name(self) -> str:
        return f"{self.category}/{self.share}/{self.project}/{self.number}"

    def carried_out(self, workshop: Workshop) -> Made:
        return workshop.make(self)

    def failed(self, reason: str) -> Made:
        return Made([], Counter({reason: 1}))


@dataclass(frozen=True, slots=True)
class Check:
    """Rows of one project whose calls are to be run again; `number` tells it from others."""

    number: int
    project: str
    rows: tuple[bytes, ...]
    repo: Path | None = None

    @property
    def name(self) -> str:
        return f"rows of {self.project}"

    def carried_out(self, workshop: Workshop) -> list[list[str]]:
        return workshop.check(self)

    def failed(self, reason: str) -> list[list[str]]:
        return [[reason] for _ in self.rows]


Task: TypeAlias = Unit | Check


@dataclass(slots=True)
class Made:
    """The rows of a unit, and why others were left out."""

    rows: list[Example] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


class _TooLong(Exception):
    pass


class Workshop:
    """Carries out units; workspaces are opened when first needed, in subfolders of `folder`, and reset between rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, Path | None], tuple[Workspace, Survey]] = {}
        self._is_tested: dict[tuple[str, Path | None, str, str], bool] = {}
        self._tokenizer = ChatTokenizer.load(NANO)

    def workspace(self, name: str, repo: Path | None = None) -> Workspace:
        return self._at(name, repo)[0]

    def make(self, unit: Unit) -> Made:
        """The rows of a unit; what goes wrong with one costs that one and is told in `skipped`."""
        workspace, survey = self._at(unit.project, unit.repo)
        uses = Counter(unit.uses)

        def is_used_up(key: str) -> bool:
            return uses[f"{unit.project}:{key}"] >= LIMIT

        seed = f"{unit.seed}/{unit.category}/{unit.share}/{unit.project}"
        part = Part(seed, unit.number % unit.parts, unit.parts)
        kit = Kit(
            workspace,
            f"{seed}/{unit.number}",
            part,
            survey,
            lambda function: is_used_up(f"{function.path}:{function.name}"),
            lambda test: is_used_up(test_key(test)),
            lambda function: self._is_own(unit, function),
            unit.plain,
        )
        expert = shares(unit.category)[unit.share].expert
        made = Made()
        for _ in range(ATTEMPTS * unit.rows):
            if len(made.rows) >= unit.rows:
                break
            kit.functions.dealt.clear()
            workspace.stopped.clear()
            try:
                with _alarm(SECONDS):
                    row = expert(kit)
            except OutOfMaterial:
                break
            except Exception as error:
                made.skipped[_line(f"{expert.__name__}: {type(error).__name__}: {error}")] += 1
                row = None
            if workspace.stopped:  # such a program is not run a second time
                made.skipped[f"a program was stopped {workspace.stopped[0]}"] += 1
                dealt = kit.functions.dealt
                uses.update({f"{unit.project}:{function.path}:{function.name}": LIMIT for function in dealt})
                continue
            if row is None:
                continue
            functions, tests = used_functions(row, kit.functions.dealt, survey), failing_tests(row)
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

    def _is_own(self, unit: Unit, function: Function) -> bool:
        """Whether a unit draws on a function before it draws on others."""
        if unit.category not in ANY_FUNCTION:
            return is_first(unit.project, place(function.path), unit.category, unit.share)
        key = (unit.project, unit.repo, function.path, function.name)
        if key not in self._is_tested:
            self._is_tested[key] = linked(self.workspace(unit.project, unit.repo), function) is not None
        return not self._is_tested[key]

    def check(self, check: Check) -> list[list[str]]:
        """For each row what comes out otherwise when its calls are run again."""
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
        """Why a row cannot be in a dataset, or nothing."""
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

    def _at(self, name: str, repo: Path | None) -> tuple[Workspace, Survey]:
        if (name, repo) not in self._open:
            folder = self._folder / str(len(self._open))
            folder.mkdir(parents=True)
            with _uncollected():
                workspace = Workspace(project(name, repo), folder)
                self._open[name, repo] = workspace, Survey(workspace)
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
