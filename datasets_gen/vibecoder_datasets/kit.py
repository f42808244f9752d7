"""What every expert is given: a workspace, facts about it, phrasings, decks of its functions and a source of chance."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from vibecoder.types import Example
from vibecoder_datasets.answers import about
from vibecoder_datasets.phrases import Deck, Phrases
from vibecoder_datasets.session import Call, Session
from vibecoder_datasets.survey import File, Function, Survey
from vibecoder_datasets.workspace import Workspace

__all__ = ["Expert", "Kit"]

Expert = Callable[["Kit"], Example | None]
_ADDRESS = re.compile(r"[\w.]+@\w+\.\w+")  # authors of real code did not ask to be in a dataset


class Kit:
    """The tools of a scripted expert on one project; an expert returns a row, or None if its material does not fit."""

    def __init__(self, workspace: Workspace, seed: str) -> None:
        self.rng = random.Random(seed)
        self.workspace = workspace
        self.survey = Survey(workspace)
        self.phrases = Phrases(self.rng)
        code = [file for file in self.survey.files if not file.path.startswith("tests/")]
        self.files: Deck[File] = Deck(self.rng, [file for file in code if file.functions])
        self.functions: Deck[Function] = Deck(
            self.rng, [function for file in code for function in file.functions if not function.is_class]
        )

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
        """`count` rows by one expert, skipping material that does not fit and rows that were made before."""
        made: set[str] = set()
        paths: set[str] = set()
        for attempt in range(60 * count):
            if len(made) == count:
                return
            row = expert(self)
            if row is None or row.id in made or _ADDRESS.search(str(row.messages)):
                continue
            path = str(row.provenance["path"])
            if path and path in paths and attempt < 20 * count:  # a file twice only when there are too few
                continue
            made.add(row.id)
            paths.add(path)
            yield row
        raise ValueError(f"{expert.__name__} made {len(made)} of {count} rows on {self.workspace.project.name}")
