"""Distances on a line."""


def distance(left: int, right: int) -> int:
    """How far two points are apart."""
    return abs(left - right)


def is_near(left: int, right: int, limit: int) -> bool:
    """Whether two points are at most `limit` apart."""
    return distance(left, right) <= limit
