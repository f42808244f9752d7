"""The training order: nothing lost, nothing twice, the same every time, few shapes."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.batching import WIDTH_STEP, evaluation_batches, make_schedule, pack, step_batches
from vibecoder.types import Rendered


def row(length: int, seed: int = 0) -> Rendered:
    rng = np.random.default_rng([seed, length])
    return Rendered(rng.integers(1, 4000, length).astype(np.int32), rng.random(length) < 0.4, f"{seed}-{length}")


lengths = st.lists(st.integers(2, 700), min_size=1, max_size=40)


@given(lengths, st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 9))
def test_each_epoch_has_every_row_once(sizes: list[int], batch: int, accumulation: int, epochs: int, seed: int) -> None:
    rows = [row(size, i) for i, size in enumerate(sizes)]
    schedule = make_schedule(rows, batch_size=batch, accumulation=accumulation, epochs=epochs, seed=seed)
    seen = Counter(i for step in schedule.steps for micro in step for i in micro)
    assert seen == Counter(dict.fromkeys(range(len(rows)), epochs))
    assert {len(step) for step in schedule.steps} == {accumulation}
    again = make_schedule(rows, batch_size=batch, accumulation=accumulation, epochs=epochs, seed=seed)
    assert (schedule.steps, schedule.digest) == (again.steps, again.digest)


@given(lengths, st.integers(1, 5))
def test_packing_keeps_every_token(sizes: list[int], batch: int) -> None:
    rows = [row(size, i) for i, size in enumerate(sizes)]
    schedule = make_schedule(rows, batch_size=batch, accumulation=2, epochs=1, seed=0)
    for at, step in enumerate(schedule.steps):
        for micro, packed in zip(step, step_batches(schedule, at), strict=True):
            assert packed.ids.shape[1] in schedule.widths
            assert packed.supervised == sum(rows[i].supervised for i in micro)
            for number, i in enumerate(micro):
                assert packed.lengths[number] == len(rows[i])
                np.testing.assert_array_equal(packed.ids[number, : len(rows[i])], rows[i].ids)
                assert not packed.loss_mask[number, len(rows[i]) :].any()


@given(lengths, st.integers(1, 6))
def test_evaluation_batches_hold_every_row(sizes: list[int], batch: int) -> None:
    rows = [row(size, i) for i, size in enumerate(sizes)]
    batches = evaluation_batches(rows, batch)
    assert sorted(length for b in batches for length in b.lengths) == sorted(sizes)
    assert sum(b.supervised for b in batches) == sum(r.supervised for r in rows)
    assert all(b.ids.shape[1] % WIDTH_STEP == 0 for b in batches)


def test_micro_batches_mix_kinds_of_different_length() -> None:
    rows = [row(100, i) for i in range(40)] + [row(600, i) for i in range(360)]
    schedule = make_schedule(rows, batch_size=4, accumulation=1, epochs=1, seed=0)
    short = [sum(i < 40 for i in micro) for (micro,) in schedule.steps]
    assert sum(count == 4 for count in short) <= 4
    assert sum(count > 0 for count in short) >= 12


def test_another_seed_gives_another_order_and_digest() -> None:
    rows = [row(50 + i, i) for i in range(20)]
    one, other = (make_schedule(rows, batch_size=2, accumulation=1, epochs=1, seed=seed) for seed in (1, 2))
    assert one.steps != other.steps
    assert one.digest != other.digest


def test_parts_of_an_epoch_and_a_limit_of_steps() -> None:
    rows = [row(40, i) for i in range(20)]
    assert len(make_schedule(rows, batch_size=2, accumulation=1, epochs=1.5, seed=0)) == 15
    assert len(make_schedule(rows, batch_size=2, accumulation=1, epochs=3, seed=0, max_steps=4)) == 4


def test_an_empty_micro_batch_is_padding_without_loss() -> None:
    packed = pack([], [64, 128])
    assert packed.ids.shape == (1, 64)
    assert packed.supervised == 0
