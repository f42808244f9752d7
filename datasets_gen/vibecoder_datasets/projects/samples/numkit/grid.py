"""Cells of a grid."""


def in_grid(row: int, column: int, size: int) -> bool:
    """Whether a cell lies in a square grid."""
    return 0 <= row < size and 0 <= column < size


def cell_distance(left: tuple[int, int], right: tuple[int, int]) -> int:
    """Steps between two cells without diagonals."""
    return abs(left[0] - right[0]) + abs(left[1] - right[1])
