"""A supply gives an expert its material in order, and ends."""

from __future__ import annotations

import random

import pytest

from vibecoder_datasets.material.supply import OutOfMaterial, Supply


def test_what_is_ones_own_is_dealt_first() -> None:
    hand = Supply(random.Random(1), range(20), is_preferred=lambda item: item % 4 == 0)
    assert sorted(hand.draw() for _ in range(5)) == [0, 4, 8, 12, 16]
    assert len({hand.draw() for _ in range(15)}) == 15


def test_a_hand_ends_when_all_is_used_up() -> None:
    hand = Supply(random.Random(0), "abc", lambda item: item == "b")
    assert sorted(hand.draw() for _ in range(4))[0] == "a"
    assert set(hand.drawn) == {"a", "c"}
    with pytest.raises(OutOfMaterial):
        Supply(random.Random(0), "abc", lambda _: True).draw()
    with pytest.raises(OutOfMaterial):
        Supply(random.Random(0), "").draw()
