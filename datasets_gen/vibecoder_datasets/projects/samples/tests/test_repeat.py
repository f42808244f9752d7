from agenda.repeat import next_occurrence, occurrences


def test_occurrences() -> None:
    assert occurrences(3, 7, 3) == [3, 10, 17]


def test_next_occurrence() -> None:
    assert next_occurrence(3, 7, 1) == 3
    assert next_occurrence(3, 7, 11) == 17
    assert next_occurrence(3, 7, 10) == 10
