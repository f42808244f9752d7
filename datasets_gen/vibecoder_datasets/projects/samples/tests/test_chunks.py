from numkit.chunks import chunks, last_items


def test_chunks() -> None:
    assert chunks([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]


def test_last_items() -> None:
    assert last_items([1, 2, 3], 2) == [2, 3]
    assert last_items([1], 2) == [1]
