"""Calendar years."""


def is_leap(year: int) -> bool:
    """Whether a year of the Gregorian calendar has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def year_days(year: int) -> int:
    """The number of days of a year."""
    return 366 if is_leap(year) else 365
