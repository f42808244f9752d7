from agenda.age import age_in, is_adult


def test_age_in() -> None:
    assert age_in(2026, 2000) == 26
    assert age_in(1999, 2000) == 0


def test_is_adult() -> None:
    assert is_adult(2018, 2000)
    assert not is_adult(2017, 2000)
