"""Chooses the starter rows that ship with the package: the shortest of each kind in a generated data set.

Run as: python -m vibecoder_datasets.making.build FILE OUT   (FILE: what `vibecoder data generate --seed 0` made)
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from vibecoder.dataset import Dataset
from vibecoder.generate import apportion
from vibecoder.models import NANO
from vibecoder.records import to_line
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example, Record
from vibecoder_datasets.making.catalogue import shares

__all__ = ["COUNTS", "choose", "main"]

COUNTS = {
    "tool-use": 380, "powertools": 120, "superpowers": 36, "agentic": 36, "craftsmanship": 36, "collaboration": 36,
    "problem-solving": 36,
}  # fmt: skip
"""Most of it tool use: the format is what a small model has to learn first."""


def choose(records: Iterable[Record], counts: Mapping[str, int]) -> list[Example]:
    """So many rows of each category, in the plan's proportions of sub-categories, sorted by these and by id.

    Left out are rows that show tools under other names, as a model of a few million parameters learns one set of names
    in minutes and not what a name stands for; rows that need a compiler; and rows that look at a file or a name which
    another split group has, so that the few held-out rows are of code that no other row shows.
    """
    tokenizer = ChatTokenizer.load(NANO)
    kinds: defaultdict[tuple[str, str], list[tuple[int, str, Example]]] = defaultdict(list)
    for row in records:
        if isinstance(row, Example) and not row.provenance.get("masked") and row.provenance["project"] != "native":
            kinds[row.category, row.subcategory].append((len(render(row, tokenizer)), row.id, row))
    chosen: list[Example] = []
    owners: dict[str, str] = {}
    for category, count in counts.items():
        plan: Counter[str] = Counter()
        for share in shares(category):
            plan[share.subcategory] += share.count
        for subcategory, part in zip(plan, apportion(count, list(plan.values())), strict=True):
            wanted = part
            for _, _, row in sorted(kinds[category, subcategory], key=lambda found: found[:2]):
                seen = _seen(row)
                if wanted and all(owners.get(thing, row.group) == row.group for thing in seen):
                    owners.update(dict.fromkeys(seen, row.group))
                    chosen.append(row)
                    wanted -= 1
    labelled = [replace(row, provenance={**row.provenance, "generator": "starter"}) for row in chosen]
    return sorted(labelled, key=lambda row: (row.category, row.subcategory, row.id))


def _seen(row: Example) -> set[str]:
    """The files and names that a row's calls ask for, each with its project."""
    calls = [call["function"]["arguments"] for message in row.messages for call in message.get("tool_calls", ())]
    asked = [str(call[key]).split("::")[0] for call in calls for key in ("path", "name") if call.get(key)]
    return {f"{row.provenance['project']}:{thing}" for thing in asked if "." in thing or thing.isidentifier()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    rows = choose(Dataset(given.file).read().records, COUNTS)
    given.out.write_bytes(b"".join(map(to_line, rows)))
    for (category, subcategory), count in sorted(Counter((row.category, row.subcategory) for row in rows).items()):
        print(f"{category:16}{subcategory:20}{count:5}")


if __name__ == "__main__":
    main()
