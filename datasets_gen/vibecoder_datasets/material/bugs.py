"""Bugs to work on: a mutant of a tested function that a test really fails on, found and repaired by calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder.workspace.lab import lab_of
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.mutants import Mutant, mutants
from vibecoder_datasets.code.tested import Tested
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.session import Session
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.words.answers import first_place, total

__all__ = ["Bug", "bug_in", "draw", "failing", "is_green", "outcome", "read_function", "repair", "test_of"]

LONGEST = 21
MAX_MUTANTS = 4
_ADDRESS = re.compile(r"\.[0-9a-f]{3,}>")  # cut by pytest, so that no tool can tell it from text
_HEADING = re.compile(r"^((?:Test\w*\.)?test_\w+)(?:\[.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bug:
    """Describes a mutant, its function's tests, and the pytest ids of those that fail on it."""

    mutant: Mutant
    tested: Tested
    failed: tuple[str, ...]

    @property
    def function(self) -> Function:
        return self.mutant.function

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def test(self) -> str:
        return self.tested.test

    @property
    def node(self) -> str:
        """Return the pytest id of one failing test."""
        return self.failed[0]

    @property
    def setup(self) -> dict[str, str]:
        return {self.path: self.mutant.text}

    @property
    def slots(self) -> dict[str, str]:
        """Return what a user's sentence about it may be filled with."""
        name = self.node.split("::")[-1]
        return {
            "name": self.function.name, "path": self.path, "test": self.test, "node": self.node, "case": name,
            "good": self.mutant.good, "bad": self.mutant.bad,
        }  # fmt: skip


def draw(
    context: ExpertContext,
    longest: int = LONGEST - 1,
    wanted: Callable[[list[Mutant]], list[Mutant]] = lambda found: found,
) -> Bug | None:
    """Return a verified bug in the next tested function, of the mutants that `wanted` keeps; None if it has none."""
    tested = draw_tested(context, longest=longest)
    return bug_in(context, tested, wanted) if tested else None


def bug_in(
    context: ExpertContext, tested: Tested, wanted: Callable[[list[Mutant]], list[Mutant]] = lambda found: found
) -> Bug | None:
    """Return a bug in this function that fails one of its tests."""
    found = wanted(mutants(context.workspace, tested.function))
    for mutant in context.rng.sample(found, min(MAX_MUTANTS, len(found))):
        outcome = lab_of(context.workspace).tests(tested.nodes, tested.path, mutant.text)
        if outcome and outcome.failed and not any(map(context.is_used_up_test, outcome.failed)):
            return Bug(mutant, tested, outcome.failed)
    return None


def is_green(result: str) -> bool:
    """Tell whether a run of tests had no failure and some success."""
    return bool(re.search(r"\d+ passed.*, exit 0\]$", result)) and "failed" not in total(result)


def outcome(result: str) -> str:
    """Return a summary such as `1 failed, 1 passed`."""
    return total(result).rsplit(", exit", 1)[0]


def failing(result: str) -> list[str]:
    """Return the names of the tests that failed, as the result has them; none where it shows a part of an address."""
    return [] if _ADDRESS.search(result) else _HEADING.findall(result)


def read_function(session: Session, function: Function, say: str = "", then: str = "") -> str:
    """Look a function up and read it where it is said to be, its end where it is long; what was read."""
    path, first, last = first_place(session.call("definition", say, name=function.name))
    return session.call("read_file", then, path=path, start=max(first, last - LONGEST), end=last)


def repair(session: Session, bug: Bug, say: str = "", test: str = "") -> bool:
    """Return the minimal patch and the tests after it, all of the file where none is named.

    False if they are not green.
    """
    session.call("edit_file", say, path=bug.path, old=bug.mutant.bad, new=bug.mutant.good)
    return is_green(session.call("run_tests", path=test or bug.test))


def test_of(path: str) -> str:
    """Return the test file of a sample."""
    return f"tests/test_{PurePosixPath(path).name}"
