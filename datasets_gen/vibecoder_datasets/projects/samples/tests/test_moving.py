from numkit.moving import differences, moving_sum


def test_moving_sum() -> None:
    assert moving_sum([1, 2, 3, 4], 2) == [3, 5, 7]


def test_differences() -> None:
    assert differences([1, 4, 2]) == [3, -2]
