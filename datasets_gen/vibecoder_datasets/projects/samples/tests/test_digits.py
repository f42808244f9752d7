from numkit.digits import digit_sum, reverse_digits


def test_digit_sum() -> None:
    assert digit_sum(-407) == 11


def test_reverse_digits() -> None:
    assert reverse_digits(120) == 21
    assert reverse_digits(-35) == -53
