"""Grades from points."""

LETTERS = {5: "A", 4: "B", 3: "C"}


def letter(points: int) -> str:
    """The letter for points, F for too few."""
    return LETTERS.get(points, "F")


def passed(points: list[int]) -> bool:
    """Whether the mean reaches 3 and no single result is 0."""
    return sum(points) / len(points) >= 3 and min(points) > 0
