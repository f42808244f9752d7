"""Parse values as templates write them outside of JSON: Python's and Gemma's literals."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["NotALiteral", "parse_literal"]

_CONSTANTS = {"True": True, "true": True, "False": False, "false": False, "None": None, "null": None}
_WORD = re.compile(r"[A-Za-z_][\w.\-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_DEEPEST = 64


class NotALiteral(ValueError):
    """There is no value at this place of the text."""


def parse_literal(text: str, at: int, quote: str = "", depth: int = 0) -> tuple[Any, int]:
    """Parse the value that begins at `at`: a string, number, constant, list or dict; return it and where it ends.

    Strings stand in quotes or between two `quote`, a model's own mark for text, and may go over lines. Keys of dicts
    may be bare words.

    Raises:
        NotALiteral: none begins there, or it does not end.
    """
    if depth > _DEEPEST:
        raise NotALiteral("too deep")
    at = _skip(text, at)
    if quote and text.startswith(quote, at):
        end = text.find(quote, at + len(quote))
        if end < 0:
            raise NotALiteral("a text that does not end")
        return text[at + len(quote) : end], end + len(quote)
    if text[at : at + 1] in ("'", '"') and at < len(text):
        return _string(text, at)
    if text.startswith("[", at):
        return _list(text, at, quote, depth)
    if text.startswith("{", at):
        return _dict(text, at, quote, depth)
    if word := _WORD.match(text, at):
        if word[0] in _CONSTANTS:
            return _CONSTANTS[word[0]], word.end()
        raise NotALiteral(f"the bare word {word[0]}")
    if number := _NUMBER.match(text, at):
        whole = re.fullmatch(r"[+-]?\d+", number[0])
        return int(number[0]) if whole else float(number[0]), number.end()
    raise NotALiteral("no value")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _string(text: str, at: int) -> tuple[str, int]:
    found: list[str] = []
    mark, at = text[at], at + 1
    while at < len(text):
        letter = text[at]
        if letter == mark:
            return "".join(found), at + 1
        if letter == "\\" and at + 1 < len(text):
            name = text[at + 1]
            width = {"x": 2, "u": 4, "U": 8}.get(name, 0)
            digits = text[at + 2 : at + 2 + width]
            if width and re.fullmatch(rf"[0-9a-fA-F]{{{width}}}", digits):
                found.append(chr(min(int(digits, 16), 0x10FFFF)))
                at += 2 + width
                continue
            found.append(_ESCAPES.get(name, name))
            at += 2
            continue
        found.append(letter)
        at += 1
    raise NotALiteral("a string that does not end")


def _list(text: str, at: int, quote: str, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        value, at = parse_literal(text, at, quote, depth + 1)
        found.append(value)
        at = _next(text, at, "]")
    return found, at + 1


def _dict(text: str, at: int, quote: str, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while not text.startswith("}", at):
        if quote and text.startswith(quote, at):
            key, at = parse_literal(text, at, quote, depth + 1)
        elif text[at : at + 1] in ("'", '"'):
            key, at = _string(text, at)
        else:
            end = text.find(":", at)
            if end < 0 or not text[at:end].strip():
                raise NotALiteral("a key without a value")
            key, at = text[at:end].strip(), end
        at = _skip(text, at)
        if not text.startswith(":", at):
            raise NotALiteral("a key without a value")
        found[key], at = parse_literal(text, at + 1, quote, depth + 1)
        at = _next(text, at, "}")
    return found, at + 1


def _next(text: str, at: int, closing: str) -> int:
    """Return the place of the next item, or of the `closing` bracket."""
    at = _skip(text, at)
    if text.startswith(",", at):
        return _skip(text, at + 1)
    if not text.startswith(closing, at):
        raise NotALiteral(f"no {closing}")
    return at
