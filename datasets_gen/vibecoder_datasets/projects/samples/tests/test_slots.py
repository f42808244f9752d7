from agenda.slots import overlaps, slot_length


def test_overlaps() -> None:
    assert overlaps((1, 4), (3, 6))
    assert not overlaps((1, 3), (3, 6))


def test_slot_length() -> None:
    assert slot_length((2, 7)) == 5
    assert slot_length((7, 2)) == 0
