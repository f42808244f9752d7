"""Read the rows that ship with the package."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import resources

from vibecoder.dataset.records import parse
from vibecoder.errors import DataError
from vibecoder.types import Generated, GenerateJob

__all__ = ["generate", "lines"]


def lines(name: str) -> list[bytes]:
    """Decompress the rows called `name`; return them as lines of JSON.

    Raises:
        DataError: this Python cannot decompress xz.
    """
    try:
        import lzma
    except ImportError as error:
        raise DataError(
            "this Python was built without lzma, so the rows of the package cannot be read; "
            "use a Python that has it, or `vibecoder data generate`"
        ) from error
    packed = resources.files("vibecoder_datasets").joinpath("shipped", f"{name}.jsonl.xz").read_bytes()
    return lzma.decompress(packed).splitlines()


def generate(name: str, job: GenerateJob) -> Iterator[Generated]:
    """Read the shipped rows `name` in their order; with a `count`, that many of them chosen by the seed."""
    found = lines(name)
    if job.count is not None and job.count < len(found):
        chosen = sorted(random.Random(job.seed).sample(range(len(found)), job.count))
        found = [found[at] for at in chosen]
    yield Generated(records=[parse(line) for line in found])
