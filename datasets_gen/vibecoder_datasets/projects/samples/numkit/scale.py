"""Scaling values."""


def percent_of(part: float, whole: float) -> float:
    """The share of a whole in percent, 0 of nothing."""
    return 0.0 if whole == 0 else part / whole * 100


def rescale(value: float, low: float, high: float) -> float:
    """Where a value lies between two limits, as a share of 1."""
    return (value - low) / (high - low)
