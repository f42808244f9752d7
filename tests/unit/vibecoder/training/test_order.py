"""The training order: nothing lost, nothing twice, the same every time, few shapes, and prefixes only where exact."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from support.token_rows import families, row
from vibecoder.training.order import make_schedule, regroup, without_long_rows
from vibecoder.training.packing import computed_tokens, step_batches, unshared
from vibecoder.types import Rendered, Schedule


@given(families(), st.integers(1, 12), st.integers(1, 3), st.integers(0, 9), st.booleans())
def test_each_epoch_has_every_row_once(rows: list[Rendered], size: int, epochs: int, seed: int, share: bool) -> None:
    one, again = (
        make_schedule(rows, rows_per_step=size, tokens=1024, epochs=epochs, seed=seed, share=share) for _ in range(2)
    )
    seen = Counter(i for step in one.steps for group in step for i in group.rows)
    assert seen == Counter(dict.fromkeys(range(len(rows)), epochs))
    assert {len(step) for step in one.steps} == {one.micro_batches}
    assert (one.steps, one.digest) == (again.steps, again.digest)


@given(families(), st.integers(1, 12), st.booleans())
def test_groups_are_exact_and_within_their_limits(rows: list[Rendered], size: int, share: bool) -> None:
    schedule = make_schedule(rows, rows_per_step=size, tokens=1024, epochs=1, seed=0, share=share)
    for at, step in enumerate(schedule.steps):
        for group, packed in zip(step, step_batches(schedule, at), strict=True):
            members = [rows[i] for i in group.rows]
            assert share or group.prefix == 0
            assert packed.ids.shape[1] in schedule.widths
            assert len(members) <= 1 or group.prefix + packed.ids.size <= 1024
            assert packed.supervised == sum(member.supervised for member in members)
            assert packed.tokens == sum(map(len, members))
            for member in members:
                np.testing.assert_array_equal(member.ids[: group.prefix], packed.prefix)
                if group.prefix:
                    assert not member.loss_mask[1 : group.prefix + 1].any(), "a suffix begins with a target"
            whole = unshared(packed)
            for number, member in enumerate(members):
                np.testing.assert_array_equal(whole.ids[number, : len(member)], member.ids)
                np.testing.assert_array_equal(whole.loss_mask[number, 1 : len(member)], member.loss_mask[1:])
                assert not whole.loss_mask[number, len(member) :].any()


def computed(rows: list[Rendered], share: bool) -> int:
    schedule = make_schedule(rows, rows_per_step=24, tokens=4096, epochs=1, seed=0, share=share)
    batches = [batch for step in range(len(schedule)) for batch in step_batches(schedule, step) if batch.supervised]
    return sum(len(batch.prefix) + batch.ids.size for batch in batches)


def test_shared_beginnings_are_computed_once_a_group() -> None:
    rows = [row(500 + i % 60, i, i % 4, 400) for i in range(96)]
    assert computed(rows, True) < 0.45 * computed(rows, False)


def test_rows_that_share_nothing_cost_no_more_than_their_padding() -> None:
    rows = [row(100 + 7 * i, i) for i in range(60)]
    assert computed(rows, True) == computed(rows, False) < 1.3 * sum(map(len, rows))


def test_a_nested_prefix_is_used_in_full() -> None:
    """Pairs share 300 tokens, all rows 100: a pair that stays together shares the 300."""
    rows = [row(340, i, i // 2, 300) for i in range(8)]
    for member in rows:
        member.ids[:100] = rows[0].ids[:100]
    schedule = make_schedule(rows, rows_per_step=6, tokens=4096, epochs=1, seed=0)
    assert {group.prefix for step in schedule.steps for group in step if group.rows} == {288}


def test_a_step_holds_several_groups() -> None:
    rows = [row(500, i, 0, 400) for i in range(96)]
    schedule = make_schedule(rows, rows_per_step=24, tokens=8192, epochs=1, seed=0)
    assert all(sum(bool(group.rows) for group in step) >= 3 for step in schedule.steps)


def test_steps_mix_kinds_of_different_length() -> None:
    rows = [row(100, i) for i in range(40)] + [row(600, i) for i in range(360)]
    schedule = make_schedule(rows, rows_per_step=4, tokens=4096, epochs=1, seed=0)
    short = [sum(i < 40 for group in step for i in group.rows) for step in schedule.steps]
    assert sum(count >= 4 for count in short) <= 4
    assert sum(count > 0 for count in short) >= 12


def test_another_seed_gives_another_order_and_digest() -> None:
    rows = [row(50 + i, i) for i in range(20)]
    one, other = (make_schedule(rows, rows_per_step=2, tokens=512, epochs=1, seed=seed) for seed in (1, 2))
    assert one.steps != other.steps
    assert one.digest != other.digest


def test_parts_of_an_epoch_and_a_limit_of_steps() -> None:
    rows = [row(40, i) for i in range(20)]
    assert len(make_schedule(rows, rows_per_step=1, tokens=64, epochs=1.5, seed=0)) == 30
    assert len(make_schedule(rows, rows_per_step=1, tokens=64, epochs=3, seed=0, max_steps=4)) == 4


@given(families(), st.integers(1, 12), st.integers(0, 9))
def test_steps_have_the_same_rows_whatever_is_shared_and_held_at_once(
    rows: list[Rendered], size: int, seed: int
) -> None:
    variants = [
        make_schedule(rows, rows_per_step=size, tokens=tokens, epochs=1, seed=seed, share=share, prefix_once=once)
        for tokens, share, once in ((256, True, False), (4096, True, False), (256, True, True), (256, False, True))
    ]
    assert len({schedule.digest for schedule in variants}) == 1
    contents = [[sorted(i for group in step for i in group.rows) for step in schedule.steps] for schedule in variants]
    assert all(content == contents[0] for content in contents)


def test_groups_of_one_prefix_hold_rows_of_similar_length() -> None:
    rows = [row(500 + 40 * (i % 8), i, 0, 400) for i in range(8)]
    schedule = make_schedule(rows, rows_per_step=24, tokens=900, epochs=1, seed=0, prefix_once=True)
    lengths = [len(rows[i]) for group in schedule.steps[0] for i in group.rows]
    assert lengths == sorted(lengths)
    assert len(schedule.steps[0]) > 1


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
