"""Ratings by customers."""


def average_rating(stars: list[int]) -> float:
    """The mean number of stars with one decimal, 0 for none."""
    if not stars:
        return 0.0
    return round(sum(stars) / len(stars), 1)


def is_top_rated(stars: list[int]) -> bool:
    """Whether at least three ratings average more than 4."""
    return len(stars) >= 3 and average_rating(stars) > 4
