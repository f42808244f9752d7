"""Builds the starter rows that ship with the package: a part of every category, as `vibecoder data generate` makes it.

Run as: python -m vibecoder_datasets.making.build OUT --seed 0
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from vibecoder.records import to_line
from vibecoder.types import Example, GenerateJob
from vibecoder_datasets.making.generator import batches

__all__ = ["COUNTS", "build", "main"]

COUNTS = {
    "tool-use": 360, "powertools": 120, "superpowers": 40, "agentic": 40, "craftsmanship": 40, "collaboration": 40,
    "problem-solving": 40,
}  # fmt: skip
"""Most of it tool use: the format is what a small model has to learn first."""


def build(seed: int, counts: dict[str, int], workers: int = 0) -> list[Example]:
    """The rows of the categories, sorted by category, sub-category and id; equal for equal seeds.

    Raises:
        DataError: a project that rows are made from is not installed.
    """
    rows = [
        replace(row, provenance={**row.provenance, "generator": "starter"})
        for category, count in counts.items()
        for part in batches(category, GenerateJob(count, seed, workers=workers))
        for row in part.records
        if isinstance(row, Example)
    ]
    return sorted(rows, key=lambda row: (row.category, row.subcategory, row.id))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows = build(given.seed, COUNTS)
    given.out.write_bytes(b"".join(map(to_line, rows)))
    for (category, subcategory), count in sorted(Counter((row.category, row.subcategory) for row in rows).items()):
        print(f"{category:16}{subcategory:20}{count:5}")


if __name__ == "__main__":
    main()
