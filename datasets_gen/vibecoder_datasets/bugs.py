"""Bugs to work on: dealt out one function after the other, broken in the workspace, found and repaired by calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder_datasets.answers import total
from vibecoder_datasets.kit import Kit
from vibecoder_datasets.mutants import Mutant, mutants
from vibecoder_datasets.session import Session
from vibecoder_datasets.survey import Function

__all__ = ["Bug", "draw", "failing", "is_green", "outcome", "repair", "test_of"]


@dataclass(frozen=True, slots=True)
class Bug:
    """A mutant, the file it is in and the tests of that file."""

    mutant: Mutant
    path: str
    test: str

    @property
    def function(self) -> Function:
        return self.mutant.function

    @property
    def setup(self) -> dict[str, str]:
        return {self.path: self.mutant.text}


def test_of(path: str) -> str:
    """The test file of a sample."""
    return f"tests/test_{PurePosixPath(path).name}"


def draw(kit: Kit) -> Bug | None:
    """A bug in the next function; None if that has no place for one."""
    function = kit.functions.draw()
    kit.workspace.reset()
    found = mutants(kit.workspace, function)
    return Bug(kit.rng.choice(found), function.path, test_of(function.path)) if found else None


def is_green(result: str) -> bool:
    return result.endswith("passed, exit 0]")


def outcome(result: str) -> str:
    """`1 failed, 1 passed`."""
    return total(result).rsplit(", exit", 1)[0]


def failing(result: str) -> list[str]:
    """The names of the tests that failed."""
    return re.findall(r"^(test_\w+)$", result, re.MULTILINE)


def repair(session: Session, bug: Bug, say: str = "") -> bool:
    """The minimal patch and the tests after it; False if they are not green."""
    session.call("edit_file", say, path=bug.path, old=bug.mutant.bad, new=bug.mutant.good)
    return is_green(session.call("run_tests", path=bug.test))
