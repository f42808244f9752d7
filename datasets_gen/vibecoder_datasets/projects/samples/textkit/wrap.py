"""Fitting text into lines."""


def wrap_words(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters, broken between words."""
    lines = [""]
    for word in text.split():
        line = f"{lines[-1]} {word}".strip()
        if len(line) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = line
    return lines
