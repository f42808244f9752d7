"""Time slots as (start, end) pairs."""


def overlaps(left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether two slots share time; touching ends do not."""
    return left[0] < right[1] and right[0] < left[1]


def slot_length(slot: tuple[int, int]) -> int:
    """How long a slot is, 0 if it ends before it starts."""
    return max(0, slot[1] - slot[0])
