"""Moving values."""

from itertools import pairwise


def moving_sum(values: list[int], width: int) -> list[int]:
    """The sums of every `width` neighbours."""
    return [sum(values[at : at + width]) for at in range(len(values) - width + 1)]


def differences(values: list[int]) -> list[int]:
    """Each value minus the one before it."""
    return [after - before for before, after in pairwise(values)]
