"""Numbers within limits."""


def clamp(value: int, low: int, high: int) -> int:
    """The value, moved to the nearest limit if it is outside."""
    return max(low, min(value, high))


def in_range(value: int, low: int, high: int) -> bool:
    """Whether a value lies between two limits, both included."""
    return low <= value <= high
