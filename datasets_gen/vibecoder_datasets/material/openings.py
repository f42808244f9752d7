"""Begins rows: with a file or function as their material, and a session whose tools may be masked."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.code.index import File
from vibecoder_datasets.material.context import Expert, ExpertContext, Quota
from vibecoder_datasets.material.masks import MASKS, mask
from vibecoder_datasets.material.session import Session

__all__ = ["begin", "drawn", "either", "file_at", "fresh", "test_of"]

MASKED = 0.25
"""Part of the rows whose tools and parameters go by other names."""
NAMED = ("definition", "references")
LONGEST_TEST = 300
TRIES = 25


def begin(context: ExpertContext, tools: str, user: str, setup: dict[str, str] | None = None) -> Session:
    """Return a session whose tools are masked in a quarter of the rows."""
    used = mask(context.rng.randrange(MASKS)) if context.rng.random() < MASKED else None
    return Session(context.workspace, tools, user, setup, used)


def drawn(context: ExpertContext, *requests: str) -> File:
    """Return a file for some requests; where they ask for a name, mostly that of a function which is not used up."""
    if set(requests) & set(NAMED) and context.rng.random() < 0.8:
        return file_at(context, context.functions.draw().path)
    return context.files.draw()


def file_at(context: ExpertContext, path: str) -> File:
    return next(file for file in context.code_index.files if file.path == path)


def test_of(context: ExpertContext, file: File) -> str | None:
    """Return the path of the test file that goes with a file, if there is one that is not long."""
    name = f"test_{PurePosixPath(file.path).name}"
    for other in context.code_index.bundle(file.group):
        if is_test(other.path) and PurePosixPath(other.path).name == name and len(other.lines) <= LONGEST_TEST:
            return other.path
    return None


def fresh(quota: Quota) -> Quota:
    """Return the quota with an expert that finds the files as they were before the last row."""
    expert = quota.expert

    @wraps(expert)
    def made(context: ExpertContext) -> Example | None:
        context.workspace.reset()
        return expert(context)

    return replace(quota, expert=made)


def either(rare: Expert, common: Expert) -> Expert:
    """Build an expert for what few functions allow: it tries several experts until one gives a row."""

    def expert(context: ExpertContext) -> Example | None:
        for _ in range(min(TRIES, len(context.functions))):
            row = rare(context)
            if row is not None:
                return row
            context.functions.drawn.clear()
        return common(context)

    expert.__name__ = f"{rare.__name__} or {common.__name__}"
    return expert
