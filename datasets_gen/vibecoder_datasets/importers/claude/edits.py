"""Tells which edits of a session the user kept: those that were not rejected, undone, or reverted with git."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["EDITS", "Edit", "reverted"]

EDITS = ("edit_file", "write_file")
_ALL = re.compile(
    r"\bgit\s+(?:reset\s+--hard|checkout\s+(?:--\s+)?\.(?:\s|$)|restore\s+\.(?:\s|$)|stash(?:\s*$|\s+(?:push|&&|;)))"
)
_SOME = re.compile(r"\bgit\s+(?:checkout|restore)\b([^\n;&|]*)")
_COMMIT = re.compile(r"\bgit\s+commit\b")
_UNDO = re.compile(r"(?:please\s+)?(?:undo|revert|roll\s*back)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """Describes a step of a session: a successful call (`name`, `arguments`), or what the user said (`name` is "")."""

    name: str
    arguments: Mapping[str, Any]
    said: str = ""


def reverted(steps: Sequence[Edit]) -> set[int]:
    """Return the places of edits that were undone: by their opposite, by git, or because the user said so."""
    found: set[int] = set()
    for at, step in enumerate(steps):
        if step.name not in EDITS:
            continue
        for later in range(at + 1, len(steps)):
            other = steps[later]
            if other.name == "bash" and _COMMIT.search(str(other.arguments.get("command", ""))):
                break
            if _undoes(other, step) or (not other.name and _UNDO.match(other.said) and _is_next(steps, at, later)):
                found.add(at)
                break
    return found


def _undoes(other: Edit, edit: Edit) -> bool:
    if other.name == "edit_file" == edit.name:
        mine, its = edit.arguments, other.arguments
        return (its["path"], its["old"], its["new"]) == (mine["path"], mine["new"], mine["old"])
    command = str(other.arguments.get("command", "")) if other.name == "bash" else ""
    if _ALL.search(command):
        return True
    named = {word for match in _SOME.finditer(command) for word in match[1].split()}
    return edit.arguments["path"] in named


def _is_next(steps: Sequence[Edit], at: int, later: int) -> bool:
    """Tell whether the user says nothing else between the edit and `later`."""
    return all(step.name for step in steps[at + 1 : later])
