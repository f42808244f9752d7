"""Runs in sequences."""

from itertools import pairwise


def longest_rise(values: list[int]) -> int:
    """The length of the longest run of rising values."""
    best = run = 1 if values else 0
    for before, after in pairwise(values):
        run = run + 1 if after > before else 1
        best = max(best, run)
    return best
