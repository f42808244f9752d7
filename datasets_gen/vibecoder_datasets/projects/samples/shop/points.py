"""Loyalty points."""

BONUS = {"bronze": 1, "silver": 2, "gold": 4}


def points_for(total: int, level: str) -> int:
    """One point for every ten spent, times the bonus of the level."""
    return total // 10 * BONUS[level]


def next_reward(points: int, step: int = 100) -> int:
    """Points that are missing to the next full step."""
    return step - points % step
