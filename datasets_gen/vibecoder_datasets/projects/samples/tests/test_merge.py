from agenda.merge import merge_slots


def test_merge_slots() -> None:
    assert merge_slots([(5, 8), (1, 3), (3, 4)]) == [(1, 4), (5, 8)]


def test_merge_contained() -> None:
    assert merge_slots([(1, 9), (2, 3)]) == [(1, 9)]
