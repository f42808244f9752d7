"""Decides whether another wording says the same: the same names, paths, numbers and quotes, and no word to spare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["refusal"]

LEAST, MOST = 0.4, 2.5
"""How long a wording may be by the length of the old one; short ones may gain `ROOM` characters."""
ROOM = 60
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_QUOTED = re.compile(r'`[^`\n]+`|(?<!\w)"[^"\n]+"(?!\w)')
_CODE = re.compile(
    r"[\w./-]*/[\w./-]*\w"  # a path
    r"|\b\w+\.(?:py|md|txt|json|toml|rs|ts|go|js|ya?ml|cfg|ini)\b"
    r"|\b[A-Za-z]\w*(?:\.\w+)+\b|\b\w*_\w*\b|\b[a-z]+[A-Z]\w*\b|\b[A-Z][a-z]+[A-Z]\w*\b|\b\w+\(\)"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
_NOT = re.compile(
    r"\b(?:not|no|never|don't|doesn't|isn't|can't|cannot|won't|nothing|without|only|except|instead|until)\b"
)
_SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|first|second|third|last|both)\b"
)
_CONTROL = re.compile(r"<\|.*?\|>|</?(?:tool_call|tool_response|tools|think)>|[\x00-\x08\x0b-\x1f\x7f]")
_META = re.compile(r"\b(?:rephras|reword|rewritten|as an ai|language model|here is the|here's the)\w*", re.IGNORECASE)


def refusal(old: str, wording: Any, required: Sequence[str] = ()) -> str:
    """Explain why `wording` cannot replace `old`, or return ''; each of `required` must be in it as it is."""
    if not isinstance(wording, str) or not wording.strip():
        return "no wording was given"
    new = wording.strip()
    lacking = [value for value in required if _stands(value, old) and not _stands(value, new)]
    if lacking:
        return f"it lacks {lacking[0]}"
    if _CONTROL.search(new):
        return "it holds control tokens"
    if _META.search(new) and not _META.search(old):
        return "it speaks of the rewording"
    if not LEAST * len(old) - ROOM <= len(new) <= MOST * len(old) + ROOM:
        return f"it has {len(new)} characters instead of {len(old)}"
    if new.count("\n") > old.count("\n"):
        return "it adds lines"
    for name, pattern in (("code", _FENCE), ("quoted", _QUOTED)):
        had, has = sorted(pattern.findall(old)), sorted(pattern.findall(new))
        if had != has:
            return _difference(name, had, has)
        old, new = pattern.sub(" ", old), pattern.sub(" ", new)
    for name, pattern in (("name", _CODE), ("number", _NUMBER), ("number word", _SPELLED)):
        had, has = (sorted(set(pattern.findall(text.lower() if pattern is _SPELLED else text))) for text in (old, new))
        if had != has:
            return _difference(name, had, has)
    if bool(_NOT.search(old.lower())) != bool(_NOT.search(new.lower())):
        return "it drops or adds a negation"
    return ""


def _stands(value: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def _difference(kind: str, had: Sequence[str], has: Sequence[str]) -> str:
    if lost := [piece for piece in had if piece not in has]:
        return f"it lacks the {kind} {lost[0]}"
    if new := [piece for piece in has if piece not in had]:
        return f"it adds the {kind} {new[0]}"
    return f"it repeats the {kind} {next(piece for piece in has if has.count(piece) != had.count(piece))}"
