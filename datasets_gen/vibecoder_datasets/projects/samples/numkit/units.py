"""Units of length."""

METRES = {"m": 1, "km": 1000, "mile": 1609}


def to_metres(amount: int, unit: str) -> int:
    """A length in metres."""
    return amount * METRES[unit]


def is_longer(left: int, right: int, unit: str) -> bool:
    """Whether `left` metres are more than `right` in a unit."""
    return left > to_metres(right, unit)
