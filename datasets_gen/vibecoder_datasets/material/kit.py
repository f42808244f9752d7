"""What every expert is given: a workspace, facts about it, phrasings, decks of its functions and a source of chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder_datasets.code.survey import File, Function, Survey
from vibecoder_datasets.material.hand import Hand
from vibecoder_datasets.material.session import Call, Session
from vibecoder_datasets.words.answers import about
from vibecoder_datasets.words.phrases import Phrases

__all__ = ["Expert", "Kit", "Part", "Share", "place"]

T = TypeVar("T")
Expert = Callable[["Kit"], Example | None]


@dataclass(frozen=True, slots=True)
class Share:
    """What one expert adds to its category: `count` rows of a sub-category, spread over `projects` (empty: any)."""

    subcategory: str
    count: int
    expert: Expert
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a project's material that a unit of work has: number `index` of `count`.

    Units of one `seed` divide the same shuffled material by its `place`, so that no two of them meet the same function,
    nor a test that fails for two functions.
    """

    seed: str = ""
    index: int = 0
    count: int = 1

    def of(self, items: Sequence[T], path: Callable[[T], str] = str) -> list[T]:
        """Those of `items` that belong to this part; `path` tells the file that one is in."""
        places = list(dict.fromkeys(place(path(item)) for item in items))
        random.Random(self.seed).shuffle(places)
        own = set(places[self.index :: self.count])
        return [item for item in items if place(path(item)) in own]


def place(path: str) -> str:
    """What a module and the file with its tests have in common, by which their uses are divided: `chains`."""
    return PurePosixPath(path).stem.removeprefix("test_")


class Kit:
    """The tools of a scripted expert on one project; an expert returns a row, or None if its material does not fit."""

    def __init__(
        self,
        workspace: Workspace,
        seed: str,
        part: Part | None = None,
        survey: Survey | None = None,
        is_used_up: Callable[[Function], bool] = lambda _: False,
        is_spent: Callable[[str], bool] = lambda _: False,
        is_own: Callable[[Function], bool] = lambda _: True,
        plain: bool = False,
    ) -> None:
        self.plain = plain
        """Whether users ask without saying what they do, for whom and why."""
        self.rng = random.Random(seed)
        self.workspace = workspace
        self.survey = survey or Survey(workspace)
        self.phrases = Phrases(self.rng)
        part = part or Part()
        code = [file for file in self.survey.code if file.functions or not file.path.endswith(".py")]
        functions = [function for file in code for function in file.functions if not function.is_class]
        self.files: Hand[File] = Hand(self.rng, part.of(code, lambda file: file.path))
        self.functions: Hand[Function] = Hand(
            self.rng,
            part.of(functions, lambda function: function.path),
            is_used_up,
            is_own,
        )
        self.is_spent = is_spent
        """Whether a test, by its pytest id, has failed in as many rows as it may."""

    @property
    def package(self) -> str:
        return self.workspace.project.package

    def open(self, tools: str, user: str, setup: dict[str, str] | None = None) -> Session:
        return Session(self.workspace, tools, user, setup)

    def about(self, call: Call, result: str) -> str:
        """One sentence on what a call gave."""
        return about(call[0], call[1], result, self.rng.randrange(12))

    def lines(self, function: Function) -> list[str]:
        return self.workspace.text(function.path).splitlines()[function.line - 1 : function.end]

    def rows(self, expert: Expert, count: int) -> Iterator[Example]:
        """Up to `count` different rows by one expert."""
        made: set[str] = set()
        for _ in range(60 * count):
            row = expert(self)
            if row is not None and row.id not in made:
                made.add(row.id)
                yield row
            if len(made) == count:
                return
