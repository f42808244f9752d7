"""Join groups of rows that show the same files or texts, as far as none becomes too large a part of its category.

Union-find over groups. A row belongs to its `group` and names in `provenance["shows"]` what else its text holds: other
groups (the files of a commit), and texts as `text:HASH`. Without such names every group is a component of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vibecoder.dataset.records import content_id
from vibecoder.types import Record

__all__ = ["SHOWS", "Components", "components", "text_keys"]

SHOWS = "shows"
_TEXT = "text:"
_WORDS = 10
"""Words from which a text is told from others by its words."""
_PART = 12
_SMALLEST = 4
"""A component has at most a twelfth of the rows of each category, or four (measured in docs/lab-notes.md)."""
_COMMON = 10
"""A text in more than a tenth of the groups, or in ten, is common to all and joins nothing."""


@dataclass(frozen=True, slots=True)
class Components:
    """By row: the name of its component, and of all components that its text shows, its own among them."""

    own: tuple[str, ...]
    shown: tuple[frozenset[str], ...]


def text_keys(texts: Iterable[str]) -> list[str]:
    """Name the texts of at least ten words so that equal ones, by their words, have one name."""
    found = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        if len(words) >= _WORDS:
            digest = hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()
            found.append(f"{_TEXT}{digest[:12]}")
    return sorted(set(found))


def components(rows: Sequence[Record]) -> Components:
    """Join the groups that rows show together, those of the fewest names first.

    Where a component would become too large its groups stay apart, and their rows show both.
    """
    groups = [row.group or row.id or content_id(row) for row in rows]
    names = _names(rows, groups)
    forest = _Forest(rows, groups)
    for keys in sorted({keys for keys in names if len(keys) > 1}, key=lambda keys: (len(keys), sorted(keys))):
        first, *others = sorted(keys)
        for other in others:
            forest.join(first, other)
    title: dict[str, str] = {}
    for group in sorted(set(groups)):
        title.setdefault(forest.root(group), group)
    own = tuple(title[forest.root(group)] for group in groups)
    shown = tuple(frozenset(title.get(forest.root(key), key) for key in keys) for keys in names)
    return Components(own, shown)


def _names(rows: Sequence[Record], groups: Sequence[str]) -> list[frozenset[str]]:
    """List what each row shows, its group among it, without texts that are common to all."""
    shows = [_shows(row) for row in rows]
    if not any(shows):
        return [frozenset((group,)) for group in groups]
    holders: dict[str, set[str]] = {}
    for group, keys in zip(groups, shows, strict=True):
        for key in keys:
            holders.setdefault(key, set()).add(group)
    limit = max(_COMMON, len(set(groups)) // _COMMON)
    common = {key for key, found in holders.items() if key.startswith(_TEXT) and len(found) > limit}
    return [frozenset((group, *(key for key in keys if key not in common)))
            for group, keys in zip(groups, shows, strict=True)]  # fmt: skip


def _shows(row: Record) -> tuple[str, ...]:
    given = row.provenance.get(SHOWS)
    return tuple(key for key in given if isinstance(key, str)) if isinstance(given, (list, tuple)) else ()


class _Forest:
    """Disjoint sets of names with the rows that each has in every category."""

    def __init__(self, rows: Sequence[Record], groups: Sequence[str]) -> None:
        self._above: dict[str, str] = {}
        self._sizes: dict[str, Counter[str]] = {}
        for row, group in zip(rows, groups, strict=True):
            self._sizes.setdefault(group, Counter())[row.category] += 1
        total = Counter(row.category for row in rows)
        self._limits = {category: max(_SMALLEST, count // _PART) for category, count in total.items()}

    def root(self, name: str) -> str:
        """Find the name that stands for the set of a name."""
        above = self._above.get(name, name)
        while above != name:
            following = self._above.get(above, above)
            self._above[name] = following
            name, above = above, following
        return name

    def join(self, one: str, other: str) -> None:
        """Make the sets of two names one, unless both have rows and together too many of a category."""
        one, other = sorted((self.root(one), self.root(other)))
        if one == other:
            return
        sizes = [self._sizes.get(root, Counter[str]()) for root in (one, other)]
        total = sizes[0] + sizes[1]
        if all(sizes) and any(count > self._limits[category] for category, count in total.items()):
            return
        self._above[other] = one
        self._sizes[one] = total
