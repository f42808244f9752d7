"""How a row begins: with a file or function as its material, and a session whose tools may be masked."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder.workspace.files import is_test
from vibecoder_datasets.code.survey import File
from vibecoder_datasets.material.kit import Expert, Kit, Share
from vibecoder_datasets.material.masks import MASKS, mask
from vibecoder_datasets.material.session import Session

__all__ = ["begin", "drawn", "either", "file_at", "fresh", "test_of"]

MASKED = 0.25
"""Share of the rows whose tools and parameters go by other names."""
NAMED = ("definition", "references")
LONGEST_TEST = 300
TRIES = 25


def begin(kit: Kit, tools: str, user: str, setup: dict[str, str] | None = None) -> Session:
    """A session whose tools are masked in a quarter of the rows."""
    used = mask(kit.rng.randrange(MASKS)) if kit.rng.random() < MASKED else None
    return Session(kit.workspace, tools, user, setup, used)


def drawn(kit: Kit, *requests: str) -> File:
    """A file for some requests; where they ask for a name, mostly that of a function which is not used up."""
    if set(requests) & set(NAMED) and kit.rng.random() < 0.8:
        return file_at(kit, kit.functions.draw().path)
    return kit.files.draw()


def file_at(kit: Kit, path: str) -> File:
    return next(file for file in kit.survey.files if file.path == path)


def test_of(kit: Kit, file: File) -> str | None:
    """The path of the test file that goes with a file, if there is one that is not long."""
    name = f"test_{PurePosixPath(file.path).name}"
    for other in kit.survey.bundle(file.group):
        if is_test(other.path) and PurePosixPath(other.path).name == name and len(other.lines) <= LONGEST_TEST:
            return other.path
    return None


def fresh(share: Share) -> Share:
    """The share with an expert that finds the files as they were: what the row before changed is undone first."""
    expert = share.expert

    @wraps(expert)
    def made(kit: Kit) -> Example | None:
        kit.workspace.reset()
        return expert(kit)

    return replace(share, expert=made)


def either(rare: Expert, common: Expert) -> Expert:
    """An expert for what few functions allow: it tries several, and does something else where none of them does."""

    def expert(kit: Kit) -> Example | None:
        for _ in range(min(TRIES, len(kit.functions))):
            row = rare(kit)
            if row is not None:
                return row
            kit.functions.dealt.clear()
        return common(kit)

    expert.__name__ = f"{rare.__name__} or {common.__name__}"
    return expert
