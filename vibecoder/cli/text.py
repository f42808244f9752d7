"""Text of rows made safe to print: control characters as pictures, so that a row cannot steer the terminal."""

from __future__ import annotations

__all__ = ["visible"]

_CONTROL = {code: chr(0x2400 + code) for code in range(32)} | {code: f"\\x{code:02x}" for code in range(127, 160)}


def visible(text: str) -> str:
    """Replace the control characters of `text`, but for tabs and newlines, by their pictures."""
    return "".join(c if c in "\n\t" or ord(c) not in _CONTROL else _CONTROL[ord(c)] for c in text)
