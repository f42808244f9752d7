from numkit.steps import longest_rise


def test_longest_rise() -> None:
    assert longest_rise([1, 2, 3, 1, 2]) == 3
    assert longest_rise([2, 2]) == 1


def test_no_values() -> None:
    assert longest_rise([]) == 0
