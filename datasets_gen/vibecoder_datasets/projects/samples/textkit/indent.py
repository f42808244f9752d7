"""Indented blocks."""


def indent_depth(line: str, size: int = 4) -> int:
    """How many levels of `size` spaces a line begins with."""
    spaces = len(line) - len(line.lstrip(" "))
    return spaces // size


def indent_block(lines: list[str], depth: int) -> list[str]:
    """The lines moved right by `depth` levels; empty ones stay empty."""
    return ["    " * depth + line if line else "" for line in lines]
