"""From rendered rows to the one training order that both backends follow: prefix groups, steps, epochs.

Rows that begin alike are computed together, what they share once. Groups are shuffled by the seed, so that a step holds
several kinds of rows; nothing is cut or dropped. Suffixes are padded to a few fixed widths.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vibecoder.prefixes import WIDTH_STEP, Limits, cut, padded, shared_beginnings, walk
from vibecoder.types import Batch, PrefixGroup, Rendered, Schedule

__all__ = [
    "WIDTH_STEP",
    "computed_tokens",
    "evaluation_batches",
    "halves",
    "make_schedule",
    "pack",
    "regroup",
    "step_batches",
    "unshared",
    "without_long_rows",
]

_GROUPS_A_STEP = 3  # At least so many, where rows share a prefix: one prompt is no fair sample of the data.
_WINDOW = 4
_EVALUATION_ROWS = 16


def make_schedule(
    rows: Sequence[Rendered],
    *,
    rows_per_step: int,
    tokens: int,
    epochs: float,
    seed: int,
    max_steps: int = 0,
    share: bool = True,
) -> Schedule:
    """Order `rows` into steps of about `rows_per_step` rows over `epochs` passes, in groups of at most `tokens`.

    A step closes when the next group would take it further from `rows_per_step` than it is. Without `share` no group
    has a prefix. Every step has the same number of groups; empty ones, which carry no loss, fill it up.
    """
    shared = -(-rows_per_step // _GROUPS_A_STEP) if share else 0
    limits = Limits(tokens, shared, rows_per_step)
    groups = list(_passes(rows, limits, epochs, seed))
    steps = list(_steps(groups, rows_per_step))
    if max_steps:
        steps = steps[:max_steps]
    longest = max((len(row) for row in rows), default=0)
    widths = tuple(range(WIDTH_STEP, longest + WIDTH_STEP, WIDTH_STEP)) or (WIDTH_STEP,)
    return Schedule(rows, _filled(steps), widths, _digest(rows, steps))


def regroup(schedule: Schedule, tokens: int) -> Schedule:
    """The same rows in the same steps and order, in groups of at most `tokens`; the digest stays.

    Gradients are those of the whole step either way, so that a run can change its budget between any two steps.
    """
    steps = [[part for group in step for part in _parts(schedule, group, tokens)] for step in schedule.steps]
    return replace(schedule, steps=_filled(steps))


def without_long_rows(schedule: Schedule, longest: int) -> tuple[Schedule, int]:
    """The schedule without rows of more than `longest` tokens, and how many those are; the digest stays."""
    long = {i for i, row in enumerate(schedule.rows) if len(row) > longest}
    steps = [
        [PrefixGroup(kept, group.prefix) for group in step if (kept := tuple(i for i in group.rows if i not in long))]
        for step in schedule.steps
    ]
    return replace(schedule, steps=_filled(steps)), len(long)


def computed_tokens(schedule: Schedule, group: PrefixGroup) -> int:
    """Tokens that a group computes: its prefix once, its suffixes padded."""
    if not group.rows:
        return 0
    longest = max(len(schedule.rows[i]) for i in group.rows)
    return group.prefix + len(group.rows) * padded(longest - group.prefix)


def _parts(schedule: Schedule, group: PrefixGroup, tokens: int) -> list[PrefixGroup]:
    if len(group.rows) < 2 or computed_tokens(schedule, group) <= tokens:
        return [group] if group.rows else []
    rows = [schedule.rows[i] for i in group.rows]
    limits = Limits(tokens, len(rows) if group.prefix else 0, len(rows))
    parts = cut(rows, range(len(rows)), shared_beginnings(rows), limits)
    return [PrefixGroup(tuple(group.rows[i] for i in part.rows), part.prefix) for part in parts]


def _filled(steps: Sequence[Sequence[PrefixGroup]]) -> tuple[tuple[PrefixGroup, ...], ...]:
    """Every step with as many groups as the one that has most."""
    most = max(map(len, steps), default=0)
    return tuple((*step, *[PrefixGroup(())] * (most - len(step))) for step in steps)


def _passes(rows: Sequence[Rendered], limits: Limits, epochs: float, seed: int) -> Iterator[PrefixGroup]:
    window = _WINDOW * max(limits.shared_rows, limits.rows)
    for epoch in range(math.ceil(epochs)):
        rng = np.random.default_rng([seed, epoch])
        groups = cut(rows, *walk(rows, rng, window), limits)
        share = min(1.0, epochs - epoch)
        for i in rng.permutation(len(groups))[: math.ceil(share * len(groups))]:
            yield groups[i]


def _steps(groups: Sequence[PrefixGroup], rows_per_step: int) -> Iterator[list[PrefixGroup]]:
    step: list[PrefixGroup] = []
    held = 0
    for group in groups:
        if step and held + len(group.rows) - rows_per_step > rows_per_step - held:
            yield step
            step, held = [], 0
        step.append(group)
        held += len(group.rows)
        if held >= rows_per_step:
            yield step
            step, held = [], 0
    if step:
        yield step


def _digest(rows: Sequence[Rendered], steps: Sequence[Sequence[PrefixGroup]]) -> str:
    """What a checkpoint belongs to: the rows of each step in order, however they are grouped."""
    order = [[i for group in step for i in group.rows] for step in steps]
    digest = hashlib.sha256(json.dumps(order).encode())
    for row in rows:
        digest.update(row.ids.tobytes())
        digest.update(row.loss_mask.tobytes())
    return digest.hexdigest()


def pack(rows: Sequence[Rendered], prefix: int = 0, widths: Sequence[int] = ()) -> Batch:
    """A group as arrays, suffixes padded on the right to the smallest of `widths` that holds them.

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
    """The first and the second half of the rows of a batch of at least two."""
    middle = len(batch.ids) // 2
    first, second = (
        Batch(batch.ids[part], batch.loss_mask[part], batch.lengths[part], batch.prefix)
        for part in (slice(middle), slice(middle, None))
    )
    return first, second


def unshared(batch: Batch) -> Batch:
    """The same rows with the prefix in front of each: what a model that can't share computes."""
    count, shared = len(batch.ids), len(batch.prefix)
    if not shared:
        return batch
    ids = np.concatenate([np.broadcast_to(batch.prefix, (count, shared)), batch.ids], axis=1)
    mask = np.concatenate([np.zeros((count, shared), np.bool_), batch.loss_mask], axis=1)
    return Batch(ids, mask, batch.lengths + shared)


def step_batches(schedule: Schedule, step: int) -> list[Batch]:
    """The groups of one step, packed, in order."""
    return [
        pack([schedule.rows[i] for i in group.rows], group.prefix, schedule.widths) for group in schedule.steps[step]
    ]


def evaluation_batches(rows: Sequence[Rendered], tokens: int, share: bool = True) -> list[Batch]:
    """All `rows` in groups of at most `tokens`, for a loss without gradients."""
    limits = Limits(tokens, _EVALUATION_ROWS if share else 0, _EVALUATION_ROWS)
    groups = cut(rows, *walk(rows, None, len(rows)), limits)
    return [pack([rows[i] for i in group.rows], group.prefix) for group in groups]
