"""Find rows that begin with the same tokens: a random walk through their trie, cut by dynamic programming.

The walk visits every row once and keeps rows below one node of the trie together, deeper nodes closer; its order is
otherwise random. Cutting it where the computed tokens are fewest is a shortest path over the walk: into families, which
no memory bounds, and families into groups that are computed at once. A group computes its shared prefix once, which is
exact as long as nothing in the prefix is a target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vibecoder.types import PrefixGroup, Rendered

__all__ = ["WIDTH_STEP", "GroupLimits", "cut", "families", "padded", "pieces", "shared_beginnings", "walk"]

WIDTH_STEP = 64  # Widths are multiples of it: few distinct shapes.
_PREFIX_STEP = 16  # Prefix lengths are multiples of it, and a shorter one is not worth its own pass.
_OVERHEAD = 64  # What starting a micro-batch costs, in tokens.


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """Bounds of a group: the `tokens` it computes (a single longer row is a group), rows with and without a prefix."""

    tokens: int
    shared_rows: int
    rows: int


def padded(length: int) -> int:
    """Round a row's `length` in tokens up to the width it is padded to."""
    return max(1, -(-length // WIDTH_STEP)) * WIDTH_STEP


def walk(rows: Sequence[Rendered], rng: np.random.Generator | None, window: int) -> tuple[list[int], list[int]]:
    """Order rows so that shared beginnings stay together, and return the prefix that each shares with the one before.

    `rng` shuffles the children of every node; without it the order is that of the tokens. Within `window` children of
    a node, rows of similar length stand together. A prefix never reaches a row's first target, and is 0 where it would
    be too short to matter.
    """
    keys = [_key(row) for row in rows]
    order = sorted(range(len(rows)), key=lambda i: keys[i].astype(">i4").tobytes())
    shared = np.array([0] + [_common(keys[a], keys[b]) for a, b in pairwise(order)], np.int64)
    visited: list[int] = []
    joins: list[int] = []
    stack = [(0, len(order), 0)] if rows else []
    while stack:
        start, end, join = stack.pop()
        if end - start == 1:
            visited.append(order[start])
            joins.append(join)
            continue
        depth = int(shared[start + 1 : end].min())
        cuts = [start, *(np.flatnonzero(shared[start + 1 : end] == depth) + start + 1).tolist(), end]
        children = list(pairwise(cuts))
        if rng is not None:
            children = [children[i] for i in rng.permutation(len(children))]
        lengths = [padded(len(rows[order[first]])) for first, _ in children]
        places = [i for at in range(0, len(children), window) for i in _by_length(lengths, at, window)]
        nodes = [(*children[i], depth if at else join) for at, i in enumerate(places)]
        stack.extend(reversed(nodes))
    return visited, joins


def shared_beginnings(rows: Sequence[Rendered]) -> list[int]:
    """Compute the prefix that each row shares with the one before, for rows in a given order."""
    keys = [_key(row) for row in rows]
    return [0, *(_common(a, b) for a, b in pairwise(keys))][: len(rows)]


def _key(row: Rendered) -> NDArray[np.int32]:
    """Return the tokens of a row that can be a prefix: those before the one that predicts its first target."""
    return row.ids[: max(0, int(row.loss_mask[1:].argmax()))] if row.supervised else row.ids[:-1]


def _by_length(lengths: Sequence[int], start: int, window: int) -> list[int]:
    return sorted(range(start, min(start + window, len(lengths))), key=lambda i: lengths[i])


def _common(a: NDArray[np.int32], b: NDArray[np.int32]) -> int:
    """Measure the length of the shared beginning, in steps of `_PREFIX_STEP`."""
    size = min(len(a), len(b))
    different = np.flatnonzero(a[:size] != b[:size])
    length = int(different[0]) if len(different) else size
    return length // _PREFIX_STEP * _PREFIX_STEP


def families(rows: Sequence[Rendered], visited: Sequence[int], joins: Sequence[int], most: int) -> list[PrefixGroup]:
    """Cut the walk into consecutive families of at most `most` rows that pay for sharing a prefix, or single rows.

    Together they compute the fewest tokens if every family computes its prefix once.
    """
    lengths = np.array([len(rows[i]) for i in visited])
    best = [0.0] * (len(visited) + 1)
    choice: list[tuple[int, int]] = [(0, 0)] * (len(visited) + 1)
    for end in range(1, len(visited) + 1):
        best[end] = best[end - 1] + padded(int(lengths[end - 1])) + _OVERHEAD
        choice[end] = (end - 1, 0)
        prefix = joins[end - 1]
        for start in range(end - 2, max(-1, end - 1 - most), -1):
            if not prefix:
                break
            suffixes = -(-(lengths[start:end] - prefix) // WIDTH_STEP) * WIDTH_STEP
            tokens = best[start] + prefix + float(suffixes.sum()) + _OVERHEAD
            if tokens < best[end]:
                best[end], choice[end] = tokens, (start, prefix)
            prefix = min(prefix, joins[start])
    return _chosen(visited, choice)


def pieces(rows: Sequence[Rendered], members: Sequence[int], prefix: int, tokens: int) -> list[PrefixGroup]:
    """Cut `members`, which share `prefix`, into consecutive groups of at most `tokens` each with the least padding."""
    best = [0.0] * (len(members) + 1)
    choice: list[tuple[int, int]] = [(0, 0)] * (len(members) + 1)
    for end in range(1, len(members) + 1):
        best[end] = float("inf")
        longest = 0
        for start in range(end - 1, -1, -1):
            longest = max(longest, len(rows[members[start]]))
            computed = (end - start) * padded(longest - prefix)
            if start < end - 1 and prefix + computed > tokens:
                break
            if best[start] + computed + _OVERHEAD < best[end]:
                best[end], choice[end] = best[start] + computed + _OVERHEAD, (start, prefix)
    return _chosen(members, choice)


def cut(
    rows: Sequence[Rendered], visited: Sequence[int], joins: Sequence[int], limits: GroupLimits
) -> list[PrefixGroup]:
    """Cut the walk into the consecutive groups that together compute the fewest tokens, padding included."""
    best = [0.0] * (len(visited) + 1)
    choice: list[tuple[int, int]] = [(0, 0)] * (len(visited) + 1)
    for end in range(1, len(visited) + 1):
        best[end] = float("inf")
        longest, prefix = 0, -1
        for start in range(end - 1, max(-1, end - 1 - max(limits.rows, limits.shared_rows)), -1):
            longest = max(longest, len(rows[visited[start]]))
            count = end - start
            for p, most in ((max(0, prefix), limits.shared_rows), (0, limits.rows)):
                tokens = p + count * padded(longest - p)
                if count > 1 and (tokens > limits.tokens or count > most):
                    continue
                if best[start] + tokens + _OVERHEAD < best[end]:
                    best[end] = best[start] + tokens + _OVERHEAD
                    choice[end] = (start, p)
            prefix = joins[start] if prefix < 0 else min(prefix, joins[start])
    return _chosen(visited, choice)


def _chosen(visited: Sequence[int], choice: Sequence[tuple[int, int]]) -> list[PrefixGroup]:
    """Follow the shortest path back: `choice[end]` is the start of the group that ends there, and its prefix."""
    groups = []
    end = len(visited)
    while end:
        start, prefix = choice[end]
        groups.append(PrefixGroup(tuple(visited[start:end]), prefix))
        end = start
    return groups[::-1]
