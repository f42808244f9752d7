"""Reminders."""

LEAD = {"mail": 60, "phone": 15, "screen": 5}


def remind_at(start: int, channel: str) -> int:
    """The minute of a reminder, earlier on slower channels, never before 0."""
    return max(0, start - LEAD[channel])


def is_due(now: int, at: int) -> bool:
    """Whether a reminder should have been sent."""
    return now >= at
