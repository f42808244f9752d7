"""Order of tasks."""

WEIGHTS = {"low": 1, "normal": 2, "high": 5}


def urgency(level: str, days_left: int) -> int:
    """The weight of a level, doubled when less than two days are left."""
    weight = WEIGHTS[level]
    return weight * 2 if days_left < 2 else weight


def most_urgent(tasks: dict[str, int]) -> str:
    """The task with the highest urgency."""
    return max(tasks, key=lambda task: tasks[task])
