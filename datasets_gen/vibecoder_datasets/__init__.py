"""Sources of records: executed rows of seven categories, starter rows that come with the package, and importers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from vibecoder.hookspecs import hookimpl
from vibecoder.types import Generated, GenerateJob, GeneratorSpec, ImporterSpec, Record
from vibecoder_datasets.importers import IMPORTERS

__all__ = ["CATEGORIES", "STARTER", "vibecoder_generators", "vibecoder_importers"]


def _starter(count: int | None, seed: int) -> Iterator[Record]:
    from vibecoder_datasets.starter import generate

    return generate(count, seed)


def _generate(category: str, count: int | None, seed: int) -> Iterator[Record]:
    from vibecoder_datasets.pipeline.generator import generate

    return generate(category, count, seed)


def _batches(category: str, job: GenerateJob) -> Iterator[Generated]:
    from vibecoder_datasets.pipeline.generator import batches
    from vibecoder_datasets.teaching.teacher import taught

    return taught(job, partial(batches, category))


def _replay(records: Sequence[Record], job: GenerateJob) -> Iterator[Sequence[str]]:
    from vibecoder_datasets.pipeline.generator import replay

    return replay(records, job)


def _category(name: str, count: int, summary: str) -> GeneratorSpec:
    return GeneratorSpec(name, name, summary, partial(_generate, name), count, partial(_batches, name), _replay)


STARTER = GeneratorSpec(
    name="starter",
    category="all",
    summary="executed rows of all seven categories, enough to train and test on",
    generate=_starter,
    default_count=680,
    replay=_replay,
)
# Those that are hardest to find material for come before the others that work on tested functions.
CATEGORIES = (
    _category("tool-use", 700, "single, parallel and chained calls, recovery from errors, no call where none fits"),
    _category("powertools", 175, "index, definition, references, functions, classes and stats instead of text search"),
    _category("problem-solving", 200, "ways on when stuck, measured and verified"),
    _category("superpowers", 450, "skills that are named, announced and really followed"),
    _category("agentic", 400, "test-driven development, debugging, planning, review and exploration to their end"),
    _category("craftsmanship", 400, "refactorings with the tests green before and after"),
    _category("collaboration", 200, "questions, progress, trade-offs, uncertainty and suggestions"),
)


@hookimpl
def vibecoder_generators() -> Sequence[GeneratorSpec]:
    return (STARTER, *CATEGORIES)


@hookimpl
def vibecoder_importers() -> Sequence[ImporterSpec]:
    return IMPORTERS
