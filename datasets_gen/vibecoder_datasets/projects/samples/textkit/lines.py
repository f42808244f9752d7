"""Lines of a text."""


def line_at(text: str, offset: int) -> int:
    """The number of the line that holds a character, counted from 1."""
    return text.count("\n", 0, offset) + 1


def longest_line(text: str) -> int:
    """The length of the longest line, 0 for no text."""
    return max((len(line) for line in text.splitlines()), default=0)
