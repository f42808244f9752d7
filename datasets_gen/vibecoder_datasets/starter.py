"""Read the starter rows that ship with the package."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import resources

from vibecoder.dataset.records import parse
from vibecoder.types import Generated, GenerateJob

__all__ = ["generate"]


def generate(job: GenerateJob) -> Iterator[Generated]:
    """Read the shipped rows in their order; with a `count`, that many of them chosen by the seed."""
    text = resources.files("vibecoder_datasets").joinpath("starter.jsonl").read_bytes()
    lines = text.splitlines()
    if job.count is not None and job.count < len(lines):
        chosen = sorted(random.Random(job.seed).sample(range(len(lines)), job.count))
        lines = [lines[at] for at in chosen]
    yield Generated(records=[parse(line) for line in lines])
