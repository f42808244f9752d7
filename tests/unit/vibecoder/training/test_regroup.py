"""Another token budget for the same training order: only the groups change, never a step's rows or their order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from support.token_rows import families, row
from vibecoder.training.order import make_schedule, regroup, without_long_rows
from vibecoder.training.packing import computed_tokens, halves, pack, step_batches
from vibecoder.types import Rendered, Schedule


def order(schedule: Schedule) -> list[list[int]]:
    return [[i for group in step for i in group.rows] for step in schedule.steps]


@given(families(), st.integers(1, 12), st.booleans(), st.booleans(), st.sampled_from([0, 64, 200, 512]))
def test_rows_and_their_order_stay_and_groups_shrink(
    rows: list[Rendered], size: int, share: bool, once: bool, tokens: int
) -> None:
    schedule = make_schedule(rows, rows_per_step=size, tokens=2048, epochs=2, seed=0, share=share, prefix_once=once)
    small = regroup(schedule, tokens)
    assert (order(small), small.digest) == (order(schedule), schedule.digest)
    assert {len(step) for step in small.steps} == {small.micro_batches}
    for at, step in enumerate(small.steps):
        for group, packed in zip(step, step_batches(small, at), strict=True):
            assert len(group.rows) <= 1 or computed_tokens(small, group) <= tokens
            assert share or group.prefix == 0
            if group.rows:
                assert computed_tokens(small, group) == len(packed.prefix) + packed.ids.size
            for i in group.rows:
                np.testing.assert_array_equal(rows[i].ids[: group.prefix], packed.prefix)
                assert not rows[i].loss_mask[1 : group.prefix + 1].any() or len(group.rows) == 1


def test_the_same_budget_changes_nothing() -> None:
    rows = [row(300, i, 0, 200) for i in range(40)]
    schedule = make_schedule(rows, rows_per_step=12, tokens=1024, epochs=1, seed=0)
    assert regroup(schedule, 1024).steps == schedule.steps


def test_a_smaller_budget_keeps_what_rows_share() -> None:
    rows = [row(300, i, 0, 200) for i in range(40)]
    schedule = regroup(make_schedule(rows, rows_per_step=24, tokens=4096, epochs=1, seed=0), 600)
    shared = [group for step in schedule.steps for group in step if group.prefix]
    assert sum(len(group.rows) for group in shared) > 30


def test_the_digest_is_of_rows_and_steps() -> None:
    rows = [row(100, i) for i in range(24)]
    one, other = (make_schedule(rows, rows_per_step=size, tokens=512, epochs=1, seed=0, share=False) for size in (4, 6))
    assert one.digest != other.digest


def test_long_rows_leave_their_steps() -> None:
    rows = [row(100 + 10 * i, i) for i in range(20)]
    schedule = make_schedule(rows, rows_per_step=5, tokens=512, epochs=1, seed=0)
    short, dropped = without_long_rows(schedule, 200)
    assert (dropped, len(short), short.digest) == (9, len(schedule), schedule.digest)
    assert order(short) == [[i for i in step if len(rows[i]) <= 200] for step in order(schedule)]


def test_halves_of_a_batch_are_its_rows() -> None:
    whole = pack([row(90 + i, i, 0, 40) for i in range(5)], prefix=32)
    first, second = halves(whole)
    assert (len(first.ids), len(second.ids)) == (2, 3)
    assert first.supervised + second.supervised == whole.supervised
    np.testing.assert_array_equal(np.concatenate([first.ids, second.ids]), whole.ids)
    np.testing.assert_array_equal(second.prefix, whole.prefix)
