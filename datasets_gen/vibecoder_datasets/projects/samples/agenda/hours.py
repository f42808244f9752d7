"""Times of day in minutes."""


def to_minutes(clock: str) -> int:
    """Minutes since midnight of a time such as `08:30`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def to_clock(minutes: int) -> str:
    """The time of day of so many minutes since midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
