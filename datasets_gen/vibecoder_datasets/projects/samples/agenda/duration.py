"""Durations in words."""


def duration_text(minutes: int) -> str:
    """Hours and minutes such as `2h 5m`; hours only if there are some."""
    hours, rest = divmod(minutes, 60)
    return f"{hours}h {rest}m" if hours > 0 else f"{rest}m"


def total_minutes(durations: list[tuple[int, int]]) -> int:
    """The sum of (hours, minutes) pairs in minutes."""
    return sum(hours * 60 + minutes for hours, minutes in durations)
