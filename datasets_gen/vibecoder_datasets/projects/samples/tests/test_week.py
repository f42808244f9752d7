from agenda.week import days_until, is_weekend


def test_is_weekend() -> None:
    assert is_weekend(5)
    assert not is_weekend(4)


def test_days_until() -> None:
    assert days_until(5, 1) == 3
    assert days_until(2, 2) == 0
