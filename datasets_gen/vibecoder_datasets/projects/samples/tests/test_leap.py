from agenda.leap import is_leap, year_days


def test_is_leap() -> None:
    assert is_leap(2024)
    assert is_leap(2000)
    assert not is_leap(1900)


def test_year_days() -> None:
    assert year_days(2023) == 365
    assert year_days(2024) == 366
