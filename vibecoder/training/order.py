"""Order rendered rows into the one schedule that both backends follow: families, steps, prefix groups, epochs.

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

import numpy as np

from vibecoder.training.packing import computed_tokens
from vibecoder.training.prefixes import WIDTH_STEP, GroupLimits, cut, families, pieces, shared_beginnings, walk
from vibecoder.types import PrefixGroup, Rendered, Schedule

__all__ = ["WIDTH_STEP", "make_schedule", "regroup", "without_long_rows"]

_FAMILIES_A_STEP = 3  # At least so many, where rows share a prefix: one prompt is no fair sample of the data.
_WINDOW = 4


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
    steps = [
        _grouped(rows, step, GroupLimits(tokens, rows_per_step, rows_per_step), share, prefix_once) for step in dealt
    ]
    longest = max((len(row) for row in rows), default=0)
    widths = tuple(range(WIDTH_STEP, longest + WIDTH_STEP, WIDTH_STEP)) or (WIDTH_STEP,)
    return Schedule(rows, _filled(steps), widths, _digest(rows, dealt), prefix_once and share, tokens)


def regroup(schedule: Schedule, tokens: int) -> Schedule:
    """Regroup the same rows in the same steps and order into groups of at most `tokens`; the digest stays.

    Gradients are those of the whole step either way, so that a run can change its budget between any two steps.
    """
    steps = [[part for group in step for part in _parts(schedule, group, tokens)] for step in schedule.steps]
    return replace(schedule, steps=_filled(steps), tokens=tokens)


def without_long_rows(schedule: Schedule, longest: int) -> tuple[Schedule, int]:
    """Drop rows of more than `longest` tokens and count them; the digest stays."""
    long = {i for i, row in enumerate(schedule.rows) if len(row) > longest}
    steps = [
        [PrefixGroup(kept, group.prefix) for group in step if (kept := tuple(i for i in group.rows if i not in long))]
        for step in schedule.steps
    ]
    return replace(schedule, steps=_filled(steps)), len(long)


def _grouped(
    rows: Sequence[Rendered], step: Sequence[PrefixGroup], limits: GroupLimits, share: bool, once: bool
) -> list[PrefixGroup]:
    """Cut the families of a step into groups within `limits`; unshared rows come last, in batches of similar length.

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


def _divided(rows: Sequence[Rendered], members: Sequence[int], limits: GroupLimits) -> list[PrefixGroup]:
    """Cut `members` into consecutive groups, each with the longest prefix that pays."""
    inner = [rows[i] for i in members]
    groups = cut(inner, range(len(inner)), shared_beginnings(inner), limits)
    return [PrefixGroup(tuple(members[i] for i in group.rows), group.prefix) for group in groups]


def _parts(schedule: Schedule, group: PrefixGroup, tokens: int) -> list[PrefixGroup]:
    if len(group.rows) < 2 or computed_tokens(schedule, group) <= tokens:
        return [group] if group.rows else []
    if schedule.prefix_once or not group.prefix:
        return pieces(schedule.rows, group.rows, group.prefix, tokens)
    return _divided(schedule.rows, group.rows, GroupLimits(tokens, len(group.rows), len(group.rows)))


def _filled(steps: Sequence[Sequence[PrefixGroup]]) -> tuple[tuple[PrefixGroup, ...], ...]:
    """Pad every step with empty groups up to the largest number of groups."""
    most = max(map(len, steps), default=0)
    return tuple((*step, *[PrefixGroup(())] * (most - len(step))) for step in steps)


def _passes(rows: Sequence[Rendered], rows_per_step: int, epochs: float, seed: int) -> Iterator[PrefixGroup]:
    """Yield the families of each epoch, shuffled; a last, fractional epoch yields only that fraction of the rows."""
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
    """Hash the rows of each step by family, however they are grouped; a checkpoint belongs to one digest."""
    order = [[i for group in step for i in group.rows] for step in steps]
    digest = hashlib.sha256(json.dumps(order).encode())
    for row in rows:
        digest.update(row.ids.tobytes())
        digest.update(row.loss_mask.tobytes())
    return digest.hexdigest()
