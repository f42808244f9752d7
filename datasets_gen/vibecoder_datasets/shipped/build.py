"""Pack the rows that ship with the package: a generated dataset as it is, and the starter rows chosen from it.

Run as: python -m vibecoder_datasets.shipped.build FILE   (what `vibecoder data generate --seed 0` made; takes minutes)

The starter rows are plain requests for tools, made here, and the shortest rows of FILE.
"""

from __future__ import annotations

import argparse
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from vibecoder.dataset.generating import apportion
from vibecoder.dataset.records import to_line
from vibecoder.dataset.store import Dataset
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.types import Example, GenerateJob, Record
from vibecoder_datasets.pipeline.generator import batches
from vibecoder_datasets.pipeline.plan import quotas

__all__ = ["COUNTS", "choose", "main", "pack", "plain_rows"]

COUNTS: Mapping[str, int | Mapping[str, int]] = {
    "tool-use": {"single": 140, "parallel": 60, "multi-turn": 70, "error recovery": 60, "irrelevance": 40},
    "powertools": 120, "superpowers": 38, "agentic": 38, "craftsmanship": 38, "collaboration": 38,
    "problem-solving": 38,
}  # fmt: skip
"""Most of it tool use: the format is what a small model has to learn first. One number is divided as the plan is."""
PLAIN = {"tool-use": 1100, "powertools": 240}
"""Rows that are made without asides, to choose from."""


def choose(records: Iterable[Record], counts: Mapping[str, int | Mapping[str, int]]) -> list[Example]:
    """Choose so many rows of each category and sub-category, the shortest, sorted by these and by id.

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
        for subcategory, part in _parts(category, count).items():
            wanted = part
            for _, _, row in sorted(kinds[category, subcategory], key=lambda found: found[:2]):
                seen = _seen(row)
                if wanted and all(owners.get(thing, row.group) == row.group for thing in seen):
                    owners.update(dict.fromkeys(seen, row.group))
                    chosen.append(row)
                    wanted -= 1
    labelled = [replace(row, provenance={**row.provenance, "generator": "starter"}) for row in chosen]
    return sorted(labelled, key=lambda row: (row.category, row.subcategory, row.id))


def _parts(category: str, count: int | Mapping[str, int]) -> Mapping[str, int]:
    if isinstance(count, Mapping):
        return count
    plan: Counter[str] = Counter()
    for quota in quotas(category):
        plan[quota.subcategory] += quota.count
    return dict(zip(plan, apportion(count, list(plan.values())), strict=True))


def plain_rows(workers: int = 0) -> list[Record]:
    """Make the rows of the categories in `PLAIN`."""
    jobs = [(category, GenerateJob(count, 0, workers=workers)) for category, count in PLAIN.items()]
    return [row for category, job in jobs for part in batches(category, job, plain=True) for row in part.records]


def _seen(row: Example) -> set[str]:
    """Return the files and names that a row's calls ask for, each with its project."""
    calls = [call["function"]["arguments"] for message in row.messages for call in message.get("tool_calls", ())]
    asked = [str(call[key]).split("::")[0] for call in calls for key in ("path", "name") if call.get(key)]
    return {f"{row.provenance['project']}:{thing}" for thing in asked if "." in thing or thing.isidentifier()}


def pack(name: str, records: Iterable[Record]) -> None:
    """Write records as the shipped rows `name`, compressed to the same bytes each time."""
    text = b"".join(map(to_line, records))
    Path(__file__).with_name(f"{name}.jsonl.xz").write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    curriculum = Dataset(given.file).read().records
    pack("curriculum", curriculum)
    rows = choose([*plain_rows(), *(row for row in curriculum if row.category not in PLAIN)], COUNTS)
    pack("starter", rows)
    for (category, subcategory), count in sorted(Counter((row.category, row.subcategory) for row in rows).items()):
        print(f"{category:16}{subcategory:20}{count:5}")


if __name__ == "__main__":
    main()
