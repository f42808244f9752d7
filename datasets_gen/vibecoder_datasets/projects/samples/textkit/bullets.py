"""Lists in texts."""

MARKS = {"dash": "- ", "star": "* ", "plus": "+ "}


def bullet(text: str, style: str) -> str:
    """One item of a list in a style."""
    return MARKS[style] + text


def is_bullet(line: str) -> bool:
    """Whether a line is an item of a list."""
    return line[:2] in MARKS.values()
