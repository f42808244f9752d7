"""Format counts, durations, sizes and rates for people."""

from __future__ import annotations

__all__ = ["counted", "duration", "memory", "rate"]


def counted(count: int, one: str, many: str | None = None) -> str:
    """Format a count of things as `1 row` or `2 rows`; `many` is the plural where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Format seconds as `0:07`, `12:03` or `1:02:03`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def memory(size: float) -> str:
    """Format bytes as `812 MiB` or `1.9 GiB`."""
    return f"{size / 2**30:.1f} GiB" if size >= 1000 * 2**20 else f"{size / 2**20:.0f} MiB"


def rate(per_second: float) -> str:
    """Format a rate as `7.5`, `812` or `12.3k` a second."""
    if per_second >= 9_999.5:
        return f"{per_second / 1000:.1f}k"
    return f"{per_second:.0f}" if per_second >= 10 else f"{per_second:.1f}"
