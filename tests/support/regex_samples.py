"""Random strings that a regular expression matches, made from its parse tree."""

from __future__ import annotations

import random
import re
import string
import warnings
from typing import Any

__all__ = ["sample"]

_PRINTABLE = string.ascii_letters + string.digits + "-_.+/=:;'\"`<>@!#$%&*()[]{}?^~|\\, \t\n"
_MOST = 12
"""How often at most something is repeated beyond what it needs."""


def sample(pattern: str, rng: random.Random) -> str:
    """Return a random string that `pattern` matches, but for what its look-arounds and word boundaries ask."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Any = re._parser.parse(pattern, re.ASCII)  # type: ignore[attr-defined]
    return _sequence(tree, rng, False)


def _sequence(tree: Any, rng: random.Random, fold: bool) -> str:
    return "".join(_one(str(op), value, rng, fold) for op, value in tree)


def _one(op: str, value: Any, rng: random.Random, fold: bool) -> str:
    if op == "LITERAL":
        return _folded(chr(value), rng, fold)
    if op in ("IN", "NOT_LITERAL", "ANY"):
        return _folded(rng.choice(_members(op, value)), rng, fold)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = value
        most = min(int(most), int(least) + _MOST)
        return "".join(_sequence(inner, rng, fold) for _ in range(rng.randint(int(least), most)))
    if op == "SUBPATTERN":
        _, added, removed, inner = value
        return _sequence(inner, rng, bool((fold or added & re.I) and not removed & re.I))
    if op == "BRANCH":
        return _sequence(rng.choice(value[1]), rng, fold)
    return ""  # AT, ASSERT and ASSERT_NOT take no characters


def _members(op: str, value: Any) -> list[str]:
    if op == "ANY":
        return [char for char in _PRINTABLE if char != "\n"]
    if op == "NOT_LITERAL":
        return [char for char in _PRINTABLE if ord(char) != value]
    wanted = re.compile("[" + "".join(_spelled(str(kind), item) for kind, item in value) + "]", re.ASCII)
    return [char for char in _PRINTABLE if wanted.match(char)] or [chr(value[0][1])]


def _spelled(kind: str, item: Any) -> str:
    if kind == "NEGATE":
        return "^"
    if kind == "LITERAL":
        return re.escape(chr(item))
    if kind == "RANGE":
        return f"{re.escape(chr(item[0]))}-{re.escape(chr(item[1]))}"
    names = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "WORD": r"\w", "NOT_WORD": r"\W", "SPACE": r"\s", "NOT_SPACE": r"\S"}
    return names[str(item).removeprefix("CATEGORY_")]


def _folded(char: str, rng: random.Random, fold: bool) -> str:
    return rng.choice((char.lower(), char.upper())) if fold and len(char.upper()) == 1 else char
