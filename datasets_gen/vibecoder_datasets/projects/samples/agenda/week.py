"""Days of the week, Monday is 0."""


def is_weekend(day: int) -> bool:
    """Whether a day is Saturday or Sunday."""
    return day % 7 >= 5


def days_until(today: int, wanted: int) -> int:
    """Days from one weekday to the next such day, 0 for the same."""
    return (wanted - today) % 7
