"""Sources of records: executed rows of seven categories, those of them that come with the package, and importers."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder.hookspecs import hookimpl
from vibecoder.plugins.lazily import lazily
from vibecoder.types import GeneratorSpec, ImporterSpec
from vibecoder_datasets.importers import IMPORTERS

__all__ = ["CATEGORIES", "CURRICULUM", "STARTER", "vibecoder_generators", "vibecoder_importers"]

_REPLAY = lazily("vibecoder_datasets.pipeline.generator:replay")


def _category(name: str, count: int, summary: str) -> GeneratorSpec:
    return GeneratorSpec(
        name=name,
        category=name,
        summary=summary,
        generate=lazily("vibecoder_datasets.pipeline.generator:generate_taught", name),
        default_count=count,
        replay=_REPLAY,
    )


def _shipped(name: str, count: int, summary: str) -> GeneratorSpec:
    return GeneratorSpec(
        name=name,
        category="all",
        summary=summary,
        generate=lazily("vibecoder_datasets.shipped.read:generate", name),
        default_count=count,
        replay=_REPLAY,
    )


CURRICULUM = _shipped("curriculum", 2525, "all rows of all seven categories, as they come with the package")
STARTER = _shipped("starter", 680, "short rows of all seven categories, for a model of a few million parameters")
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
    return (CURRICULUM, STARTER, *CATEGORIES)


@hookimpl
def vibecoder_importers() -> Sequence[ImporterSpec]:
    return IMPORTERS
