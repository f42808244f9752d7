"""Batches of rows: what is padded, shared, halved and computed at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from support.token_rows import families, row
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import evaluation_batches, group_runs, halves, pack, prefix_runs, step_tokens, unshared
from vibecoder.training.prefixes import WIDTH_STEP
from vibecoder.types import Rendered


@given(families())
def test_evaluation_batches_hold_every_row(rows: list[Rendered]) -> None:
    batches = evaluation_batches(rows, 1024)
    assert sorted(int(n) for b in map(unshared, batches) for n in b.lengths) == sorted(map(len, rows))
    assert sum(b.supervised for b in batches) == sum(r.supervised for r in rows)
    assert all(b.ids.shape[1] % WIDTH_STEP == 0 for b in batches)


def test_an_empty_group_is_padding_without_loss() -> None:
    packed = pack([], widths=[64, 128])
    assert packed.ids.shape == (1, 64)
    assert (packed.supervised, packed.tokens) == (0, 0)


def test_a_prefix_is_counted_once_for_the_groups_that_compute_it_once() -> None:
    rows = [row(700, i, 0, 500) for i in range(24)]
    small = {"rows_per_step": 24, "tokens": 1100, "epochs": 1, "seed": 0}
    each, once = (make_schedule(rows, prefix_once=flag, **small) for flag in (False, True))
    prefix = next(group.prefix for group in once.steps[0] if group.rows)
    assert [[len(run) for run in group_runs(schedule, 0)] for schedule in (each, once)] == [[1] * 12, [12]]
    assert step_tokens(each, 0) - step_tokens(once, 0) == 11 * prefix


def test_consecutive_batches_of_one_prefix_are_a_run() -> None:
    same = [pack([row(100, i, 0, 60)], prefix=32) for i in range(3)]
    other, none = pack([row(100, 9, 1, 60)], prefix=32), pack([row(100, 10)])
    assert prefix_runs([*same[:2], other, none, none, same[2]]) == [same[:2], [other], [none], [none], [same[2]]]


def test_halves_of_a_batch_are_its_rows() -> None:
    whole = pack([row(90 + i, i, 0, 40) for i in range(5)], prefix=32)
    first, second = halves(whole)
    assert (len(first.ids), len(second.ids)) == (2, 3)
    assert first.supervised + second.supervised == whole.supervised
    np.testing.assert_array_equal(np.concatenate([first.ids, second.ids]), whole.ids)
    np.testing.assert_array_equal(second.prefix, whole.prefix)
