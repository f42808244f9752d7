"""Gives an expert what it makes rows from: a workspace, an index of its code, phrasings, supplies and randomness."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder_datasets.code.index import CodeIndex, File, Function
from vibecoder_datasets.material.session import Call, Session
from vibecoder_datasets.material.supply import Supply
from vibecoder_datasets.words.answers import about
from vibecoder_datasets.words.phrases import Phrases

__all__ = ["Expert", "ExpertContext", "Quota", "Slice", "module_key"]

T = TypeVar("T")
Expert = Callable[["ExpertContext"], Example | None]


@dataclass(frozen=True, slots=True)
class Quota:
    """Asks one expert for `count` rows of a sub-category, spread over `projects` (empty: any)."""

    subcategory: str
    count: int
    expert: Expert
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """Takes slice `index` of `count` of a project's material for one unit of work.

    Units of one `seed` divide the same shuffled material by its `module_key`, so that no two of them meet the same
    function, nor a test that fails for two functions.
    """

    seed: str = ""
    index: int = 0
    count: int = 1

    def of(self, items: Sequence[T], path: Callable[[T], str] = str) -> list[T]:
        """Return those of `items` that belong to this slice; `path` tells the file that one is in."""
        keys = list(dict.fromkeys(module_key(path(item)) for item in items))
        random.Random(self.seed).shuffle(keys)
        own = set(keys[self.index :: self.count])
        return [item for item in items if module_key(path(item)) in own]


def module_key(path: str) -> str:
    """Return the stem that `chains.py` and `test_chains.py` share: `chains`. Material is divided by it."""
    return PurePosixPath(path).stem.removeprefix("test_")


class ExpertContext:
    """Holds what an expert needs on one project; it returns a row, or None if its material does not fit."""

    def __init__(
        self,
        workspace: Workspace,
        seed: str,
        own: Slice | None = None,
        code_index: CodeIndex | None = None,
        is_used_up: Callable[[Function], bool] = lambda _: False,
        is_used_up_test: Callable[[str], bool] = lambda _: False,
        is_preferred: Callable[[Function], bool] = lambda _: True,
        plain: bool = False,
    ) -> None:
        self.plain = plain
        """Whether users ask without saying what they do, for whom and why."""
        self.rng = random.Random(seed)
        self.workspace = workspace
        self.code_index = code_index or CodeIndex(workspace)
        self.phrases = Phrases(self.rng)
        own = own or Slice()
        code = [file for file in self.code_index.code if file.functions or not file.path.endswith(".py")]
        functions = [function for file in code for function in file.functions if not function.is_class]
        self.files: Supply[File] = Supply(self.rng, own.of(code, lambda file: file.path))
        self.functions: Supply[Function] = Supply(
            self.rng,
            own.of(functions, lambda function: function.path),
            is_used_up,
            is_preferred,
        )
        self.is_used_up_test = is_used_up_test
        """Whether a test, by its pytest id, has failed in as many rows as it may."""

    @property
    def package(self) -> str:
        return self.workspace.project.package

    def open(self, tools: str, user: str, setup: dict[str, str] | None = None) -> Session:
        return Session(self.workspace, tools, user, setup)

    def about(self, call: Call, result: str) -> str:
        """Return one sentence on what a call gave."""
        return about(call[0], call[1], result, self.rng.randrange(12))

    def lines(self, function: Function) -> list[str]:
        return self.workspace.text(function.path).splitlines()[function.line - 1 : function.end]

    def rows(self, expert: Expert, count: int) -> Iterator[Example]:
        """Yield up to `count` different rows by one expert."""
        made: set[str] = set()
        for _ in range(60 * count):
            row = expert(self)
            if row is not None and row.id not in made:
                made.add(row.id)
                yield row
            if len(made) == count:
                return
