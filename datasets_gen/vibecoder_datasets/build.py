"""Builds the starter rows that ship with the package, from installed networkx and sympy and our own samples.

Run as: python -m vibecoder_datasets.build OUT --seed 0
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from vibecoder.records import to_line
from vibecoder.types import Example
from vibecoder_datasets import agentic, collaboration, craftsmanship, problem_solving, superpowers, tool_use
from vibecoder_datasets.kit import Kit
from vibecoder_datasets.workspace import PROJECTS, opened

__all__ = ["CATEGORIES", "build", "write"]

CATEGORIES: dict[str, Callable[[Mapping[str, Kit]], Iterator[Example]]] = {
    "tool-use": tool_use.rows,
    "powertools": tool_use.navigation,
    "superpowers": superpowers.rows,
    "agentic": agentic.rows,
    "craftsmanship": craftsmanship.rows,
    "collaboration": collaboration.rows,
    "problem-solving": problem_solving.rows,
}


def build(seed: int, categories: tuple[str, ...] = tuple(CATEGORIES)) -> list[Example]:
    """The rows of the categories, each once, sorted by category, sub-category and id; equal for equal seeds.

    Raises:
        DataError: networkx or sympy is not installed.
    """
    rows: dict[str, Example] = {}
    with ExitStack() as stack:
        workspaces = {name: stack.enter_context(opened(name)) for name in PROJECTS}
        for category in categories:
            kits = {name: Kit(workspace, f"{seed}/{category}/{name}") for name, workspace in workspaces.items()}
            rows.update((row.id, row) for row in CATEGORIES[category](kits))
    return sorted(rows.values(), key=lambda row: (row.category, row.subcategory, row.id))


def write(rows: list[Example], path: Path) -> None:
    """One row a line."""
    path.write_bytes(b"".join(map(to_line, rows)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=tuple(CATEGORIES), default=tuple(CATEGORIES), metavar="CATEGORY")
    given = parser.parse_args()
    rows = build(given.seed, tuple(given.only))
    write(rows, given.out)
    for (category, subcategory), count in sorted(Counter((row.category, row.subcategory) for row in rows).items()):
        print(f"{category:16}{subcategory:20}{count:5}")


if __name__ == "__main__":
    main()
