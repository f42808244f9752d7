"""Quoted text."""


def unquote(text: str) -> str:
    """The text without its double quotes, if it stands in them."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        return text[1:-1]
    return text
