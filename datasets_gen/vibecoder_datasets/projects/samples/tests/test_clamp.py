from numkit.clamp import clamp, in_range


def test_clamp() -> None:
    assert clamp(5, 1, 3) == 3
    assert clamp(0, 1, 3) == 1
    assert clamp(2, 1, 3) == 2


def test_in_range() -> None:
    assert in_range(3, 1, 3)
    assert not in_range(4, 1, 3)
