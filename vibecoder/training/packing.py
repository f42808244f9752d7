"""Pack groups of rows into arrays, count their tokens, and find those that compute one prefix together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

import numpy as np

from vibecoder.training.prefixes import GroupLimits, cut, padded, walk
from vibecoder.types import Batch, PrefixGroup, Rendered, Schedule

__all__ = [
    "computed_tokens",
    "evaluation_batches",
    "group_runs",
    "halves",
    "pack",
    "prefix_runs",
    "step_batches",
    "step_tokens",
    "unshared",
]

T = TypeVar("T")


_EVALUATION_ROWS = 16


def computed_tokens(schedule: Schedule, group: PrefixGroup) -> int:
    """Count the tokens that a group computes: its prefix once, its suffixes padded."""
    if not group.rows:
        return 0
    longest = max(len(schedule.rows[i]) for i in group.rows)
    return group.prefix + len(group.rows) * padded(longest - group.prefix)


def step_tokens(schedule: Schedule, step: int) -> int:
    """Count the tokens that a step computes, a prefix once for as many groups as the schedule shares it."""
    return sum(
        sum(computed_tokens(schedule, group) for group in run) - run[0].prefix * (len(run) - 1)
        for run in group_runs(schedule, step)
    )


def group_runs(schedule: Schedule, step: int) -> list[list[PrefixGroup]]:
    """List the non-empty groups of a step in order, those that compute one prefix together in one list."""
    groups = [group for group in schedule.steps[step] if group.rows]
    if not schedule.prefix_once:
        return [[group] for group in groups]
    return _runs(groups, [schedule.rows[group.rows[0]].ids[: group.prefix].tobytes() for group in groups])


def prefix_runs(batches: Sequence[Batch]) -> list[list[Batch]]:
    """Split `batches` into runs of consecutive ones with the same prefix, in order."""
    return _runs(batches, [batch.prefix.tobytes() for batch in batches])


def _runs(items: Sequence[T], prefixes: Sequence[bytes]) -> list[list[T]]:
    numbers = groupby(range(len(items)), lambda number: prefixes[number] or number)
    return [[items[number] for number in run] for _, run in numbers]


def pack(rows: Sequence[Rendered], prefix: int = 0, widths: Sequence[int] = ()) -> Batch:
    """Pack a group into arrays, suffixes padded on the right to the smallest of `widths` that holds them.

    Without `widths`, to the next multiple of `WIDTH_STEP`. No rows make one row of padding.
    """
    longest = max((len(row) for row in rows), default=1) - prefix
    width = next((w for w in widths if w >= longest), padded(longest))
    ids = np.zeros((max(1, len(rows)), width), np.int32)
    mask = np.zeros(ids.shape, np.bool_)
    lengths = np.zeros(len(ids), np.int32)
    for i, row in enumerate(rows):
        lengths[i] = len(row) - prefix
        ids[i, : lengths[i]] = row.ids[prefix:]
        mask[i, : lengths[i]] = row.loss_mask[prefix:]
    return Batch(ids, mask, lengths, rows[0].ids[:prefix] if rows else np.zeros(0, np.int32))


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """Split a batch of at least two rows into its first and second half."""
    middle = len(batch.ids) // 2
    first, second = (
        Batch(batch.ids[part], batch.loss_mask[part], batch.lengths[part], batch.prefix)
        for part in (slice(middle), slice(middle, None))
    )
    return first, second


def unshared(batch: Batch) -> Batch:
    """Put the prefix in front of each row, for a model that can't share it."""
    count, shared = len(batch.ids), len(batch.prefix)
    if not shared:
        return batch
    ids = np.concatenate([np.broadcast_to(batch.prefix, (count, shared)), batch.ids], axis=1)
    mask = np.concatenate([np.zeros((count, shared), np.bool_), batch.loss_mask], axis=1)
    return Batch(ids, mask, batch.lengths + shared)


def step_batches(schedule: Schedule, step: int) -> list[Batch]:
    """Pack the groups of one step, in order."""
    return [
        pack([schedule.rows[i] for i in group.rows], group.prefix, schedule.widths) for group in schedule.steps[step]
    ]


def evaluation_batches(rows: Sequence[Rendered], tokens: int, share: bool = True) -> list[Batch]:
    """Pack all `rows` in groups of at most `tokens`, for a loss without gradients."""
    limits = GroupLimits(tokens, _EVALUATION_ROWS if share else 0, _EVALUATION_ROWS)
    groups = cut(rows, *walk(rows, None, len(rows)), limits)
    return [pack([rows[i] for i in group.rows], group.prefix) for group in groups]
