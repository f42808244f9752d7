"""Repeated events."""


def occurrences(start: int, step: int, count: int) -> list[int]:
    """The days of an event that repeats every `step` days."""
    return [start + step * turn for turn in range(count)]


def next_occurrence(start: int, step: int, today: int) -> int:
    """The first day of the event that is not before today."""
    if today <= start:
        return start
    return today + (start - today) % step
