"""Reads the starter rows that ship with the package."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import resources

from vibecoder.dataset.records import parse
from vibecoder.types import Record

__all__ = ["generate"]


def generate(count: int | None, seed: int) -> Iterator[Record]:
    """The shipped rows in their order; with a `count`, that many of them chosen by `seed`."""
    text = resources.files("vibecoder_datasets").joinpath("starter.jsonl").read_bytes()
    lines = text.splitlines()
    if count is not None and count < len(lines):
        chosen = sorted(random.Random(seed).sample(range(len(lines)), count))
        lines = [lines[at] for at in chosen]
    yield from map(parse, lines)
