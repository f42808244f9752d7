"""Ages."""

ADULT = 18


def age_in(year: int, born: int) -> int:
    """The age that is reached in a year."""
    return max(0, year - born)


def is_adult(year: int, born: int) -> bool:
    """Whether somebody comes of age in a year or before."""
    return age_in(year, born) >= ADULT
