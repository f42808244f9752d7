"""From rendered rows to the one training order that both backends follow: micro-batches, steps, epochs.

Rows of similar length share a micro-batch without sorting the data by kind, all is shuffled by the seed, nothing is
cut or dropped. Batches are padded to a few fixed widths, which keeps the number of compiled shapes small.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence

import numpy as np

from vibecoder.types import Batch, Rendered, Schedule

__all__ = ["WIDTH_STEP", "evaluation_batches", "make_schedule", "pack", "step_batches"]

WIDTH_STEP = 64
_WINDOW = 4


def make_schedule(
    rows: Sequence[Rendered],
    *,
    batch_size: int,
    accumulation: int,
    epochs: float,
    seed: int,
    max_steps: int = 0,
) -> Schedule:
    """Order `rows` into steps of `accumulation` micro-batches of up to `batch_size` rows, over `epochs` passes.

    Every step has the same number of micro-batches; the last one is filled up with empty ones, which carry no loss.
    """
    micro_batches = list(_passes(rows, batch_size, epochs, seed))
    steps = [micro_batches[i : i + accumulation] for i in range(0, len(micro_batches), accumulation)]
    if max_steps:
        steps = steps[:max_steps]
    if steps:
        steps[-1] = steps[-1] + [()] * (accumulation - len(steps[-1]))
    longest = max((len(row) for row in rows), default=0)
    widths = tuple(range(WIDTH_STEP, longest + WIDTH_STEP, WIDTH_STEP)) or (WIDTH_STEP,)
    return Schedule(rows, tuple(tuple(step) for step in steps), widths, batch_size, _digest(rows, steps))


def _passes(rows: Sequence[Rendered], batch_size: int, epochs: float, seed: int) -> Iterator[tuple[int, ...]]:
    for epoch in range(math.ceil(epochs)):
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(rows))
        micro_batches = list(_micro_batches(order.tolist(), rows, batch_size))
        share = min(1.0, epochs - epoch)
        for i in rng.permutation(len(micro_batches))[: math.ceil(share * len(micro_batches))]:
            yield micro_batches[i]


def _micro_batches(order: Sequence[int], rows: Sequence[Rendered], batch_size: int) -> Iterator[tuple[int, ...]]:
    """Group rows of similar length, but only within windows of the shuffled order.

    Over all rows, length would sort by kind: every micro-batch a single category, and its gradient that of one habit.
    """
    window = batch_size * _WINDOW
    for start in range(0, len(order), window):
        chunk = sorted(order[start : start + window], key=lambda i: -(-len(rows[i]) // WIDTH_STEP))
        for at in range(0, len(chunk), batch_size):
            yield tuple(chunk[at : at + batch_size])


def _digest(rows: Sequence[Rendered], steps: Sequence[Sequence[Sequence[int]]]) -> str:
    digest = hashlib.sha256(json.dumps(steps).encode())
    for row in rows:
        digest.update(row.ids.tobytes())
        digest.update(row.loss_mask.tobytes())
    return digest.hexdigest()


def pack(rows: Sequence[Rendered], widths: Sequence[int]) -> Batch:
    """Pad `rows` on the right to the smallest of `widths` that holds them; an empty batch is one row of padding."""
    longest = max((len(row) for row in rows), default=1)
    width = next(w for w in widths if w >= longest)
    ids = np.zeros((max(1, len(rows)), width), np.int32)
    mask = np.zeros(ids.shape, np.bool_)
    lengths = np.zeros(len(ids), np.int32)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row.ids
        mask[i, : len(row)] = row.loss_mask
        lengths[i] = len(row)
    return Batch(ids, mask, lengths)


def step_batches(schedule: Schedule, step: int) -> list[Batch]:
    """The micro-batches of one step, packed, in order."""
    return [pack([schedule.rows[i] for i in micro], schedule.widths) for micro in schedule.steps[step]]


def evaluation_batches(rows: Sequence[Rendered], batch_size: int) -> list[Batch]:
    """All `rows` in batches of similar length, for a loss without gradients."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    chunks = [[rows[i] for i in order[at : at + batch_size]] for at in range(0, len(order), batch_size)]
    return [pack(chunk, [-(-max(len(r) for r in chunk) // WIDTH_STEP) * WIDTH_STEP]) for chunk in chunks]
