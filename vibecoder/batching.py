"""From rendered rows to the one training order that both backends follow: families, steps, prefix groups, epochs.

Rows that begin alike are a family and stay together. Families are shuffled by the seed and dealt out to steps, so that
a step holds several kinds of rows; then each step is cut into groups, which are computed at once, within a budget of
tokens. Which rows a step has depends neither on the budget nor on what is shared. Nothing is cut or dropped. Suffixes
are padded to a few fixed widths.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

import numpy as np

from vibecoder.prefixes import WIDTH_STEP, Limits, cut, families, padded, pieces, shared_beginnings, walk
from vibecoder.types import Batch, PrefixGroup, Rendered, Schedule

__all__ = [
    "WIDTH_STEP",
    "computed_tokens",
    "evaluation_batches",
    "group_runs",
    "halves",
    "make_schedule",
    "pack",
    "regroup",
    "runs",
    "step_batches",
    "step_tokens",
    "unshared",
    "without_long_rows",
]

T = TypeVar("T")
_FAMILIES_A_STEP = 3  # At least so many, where rows share a prefix: one prompt is no fair sample of the data.
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
    prefix_once: bool = False,
) -> Schedule:
    """Order `rows` into steps of about `rows_per_step` rows over `epochs` passes, in groups of at most `tokens`.

    A step closes when the next family would take it further from `rows_per_step` than it is. Without `share` the steps
    have the same rows, but no group has a prefix. With `prefix_once` a family that is too large for one group becomes
    groups of similar length with the same prefix, one after the other. Every step has the same number of groups; empty
    ones, which carry no loss, fill it up.
    """
    dealt = list(_steps(_passes(rows, rows_per_step, epochs, seed), rows_per_step))
    if max_steps:
        dealt = dealt[:max_steps]
    steps = [_grouped(rows, step, Limits(tokens, rows_per_step, rows_per_step), share, prefix_once) for step in dealt]
    longest = max((len(row) for row in rows), default=0)
    widths = tuple(range(WIDTH_STEP, longest + WIDTH_STEP, WIDTH_STEP)) or (WIDTH_STEP,)
    return Schedule(rows, _filled(steps), widths, _digest(rows, dealt), prefix_once and share)


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


def step_tokens(schedule: Schedule, step: int) -> int:
    """Tokens that a step computes, a prefix once for as many groups as the schedule says."""
    return sum(
        sum(computed_tokens(schedule, group) for group in run) - run[0].prefix * (len(run) - 1)
        for run in group_runs(schedule, step)
    )


def group_runs(schedule: Schedule, step: int) -> list[list[PrefixGroup]]:
    """The groups of a step that have rows, in order; those that share the computation of one prefix together."""
    groups = [group for group in schedule.steps[step] if group.rows]
    if not schedule.prefix_once:
        return [[group] for group in groups]
    return _runs(groups, [schedule.rows[group.rows[0]].ids[: group.prefix].tobytes() for group in groups])


def runs(batches: Sequence[Batch]) -> list[list[Batch]]:
    """`batches` in order; consecutive ones that have the same prefix together."""
    return _runs(batches, [batch.prefix.tobytes() for batch in batches])


def _runs(items: Sequence[T], prefixes: Sequence[bytes]) -> list[list[T]]:
    numbers = groupby(range(len(items)), lambda number: prefixes[number] or number)
    return [[items[number] for number in run] for _, run in numbers]


def _grouped(
    rows: Sequence[Rendered], step: Sequence[PrefixGroup], limits: Limits, share: bool, once: bool
) -> list[PrefixGroup]:
    """The families of a step as groups within `limits`; rows of their own in batches of similar length, at the end.

    Where a prefix is computed `once` whatever its rows, all rows of the step are divided into families anew.
    """
    if share and once:
        members = [i for family in step for i in family.rows]
        inner = [rows[i] for i in members]
        found = families(inner, *walk(inner, None, len(inner)), len(inner))
        step = [PrefixGroup(tuple(members[i] for i in family.rows), family.prefix) for family in found]
    shared = [family for family in step if share and family.prefix]
    alone = [i for family in step if not (share and family.prefix) for i in family.rows]
    groups = []
    for family in shared:
        if once:
            groups += pieces(rows, _by_length(rows, family.rows), family.prefix, limits.tokens)
        else:
            groups += _divided(rows, family.rows, limits)
    return groups + pieces(rows, _by_length(rows, alone), 0, limits.tokens)


def _by_length(rows: Sequence[Rendered], members: Sequence[int]) -> list[int]:
    return sorted(members, key=lambda i: len(rows[i]))


def _divided(rows: Sequence[Rendered], members: Sequence[int], limits: Limits) -> list[PrefixGroup]:
    """Consecutive groups of `members`, each with the longest prefix that is worth it."""
    inner = [rows[i] for i in members]
    groups = cut(inner, range(len(inner)), shared_beginnings(inner), limits)
    return [PrefixGroup(tuple(members[i] for i in group.rows), group.prefix) for group in groups]


def _parts(schedule: Schedule, group: PrefixGroup, tokens: int) -> list[PrefixGroup]:
    if len(group.rows) < 2 or computed_tokens(schedule, group) <= tokens:
        return [group] if group.rows else []
    if schedule.prefix_once or not group.prefix:
        return pieces(schedule.rows, group.rows, group.prefix, tokens)
    return _divided(schedule.rows, group.rows, Limits(tokens, len(group.rows), len(group.rows)))


def _filled(steps: Sequence[Sequence[PrefixGroup]]) -> tuple[tuple[PrefixGroup, ...], ...]:
    """Every step with as many groups as the one that has most."""
    most = max(map(len, steps), default=0)
    return tuple((*step, *[PrefixGroup(())] * (most - len(step))) for step in steps)


def _passes(rows: Sequence[Rendered], rows_per_step: int, epochs: float, seed: int) -> Iterator[PrefixGroup]:
    """The families of each epoch, shuffled; of the last one as many as its share of the rows."""
    most = -(-rows_per_step // _FAMILIES_A_STEP)
    for epoch in range(math.ceil(epochs)):
        rng = np.random.default_rng([seed, epoch])
        found = families(rows, *walk(rows, rng, _WINDOW * rows_per_step), most)
        left = math.ceil(min(1.0, epochs - epoch) * len(rows))
        for i in rng.permutation(len(found)):
            if left <= 0:
                break
            yield found[i]
            left -= len(found[i].rows)


def _steps(groups: Iterable[PrefixGroup], rows_per_step: int) -> Iterator[list[PrefixGroup]]:
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
    """What a checkpoint belongs to: the rows of each step by family, however they are grouped."""
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
