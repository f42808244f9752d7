"""Titles."""


def capital(word: str) -> str:
    """The word with a large first letter."""
    return word[:1].upper() + word[1:]


def heading(text: str) -> str:
    """The text as a heading of the first level."""
    return "# " + capital(text)
