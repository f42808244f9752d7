"""Merging slots."""


def merge_slots(slots: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Slots that overlap or touch become one; sorted by start."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(slots):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
