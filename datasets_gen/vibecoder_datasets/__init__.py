"""Sources of records: the starter rows, built from real code with tools that really ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vibecoder.hookspecs import hookimpl
from vibecoder.types import GeneratorSpec, Record

__all__ = ["STARTER", "vibecoder_generators"]


def _starter(count: int | None, seed: int) -> Iterator[Record]:
    from vibecoder_datasets.starter import generate

    return generate(count, seed)


STARTER = GeneratorSpec(
    name="starter",
    category="all",
    summary="executed rows of all seven categories, enough to train and test on",
    generate=_starter,
    default_count=680,
)


@hookimpl
def vibecoder_generators() -> Sequence[GeneratorSpec]:
    return (STARTER,)
