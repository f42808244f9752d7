"""Reads events of an agent's telemetry, whatever their fields are called: prompt, response, and what came of it"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Interaction", "interaction", "pattern"]

_PROMPT = ("prompt", "task", "query", "instruction", "user_message", "input", "request", "description")
_RESPONSE = ("response", "output", "result", "completion", "answer", "assistant", "assistant_message", "solution")
_KIND = ("interaction_type", "event_type", "event", "type")
_ID = ("pattern_id", "task_id", "interaction_id", "event_id", "id")
_OUTCOME = ("success", "succeeded", "completed", "accepted", "tests_passed", "passed", "outcome", "status", "exit_code")
_THUMB = ("label", "vote", "rating", "thumb", "thumbs", "feedback")
_GOOD = frozenset(("success", "succeeded", "completed", "complete", "done", "passed", "accepted", "ok", "merged"))
_BAD = frozenset(("failure", "failed", "error", "rejected", "reverted", "timeout", "aborted", "cancelled", "canceled"))
_UP, _DOWN = (
    frozenset(("up", "good", "/good", "+1", "positive", "👍")),
    frozenset(("down", "bad", "/bad", "-1", "negative", "👎")),
)
_NUMBER = re.compile(r"\d+")
_PARTICULAR = re.compile(r"(['\"`]).*?\1|\S*[/\\]\S*|\S*\w\.\w\S*|\b\w*\d\w*\b|[a-z]+[A-Z]\w*|\w+_\w+")


@dataclass(frozen=True, slots=True)
class Interaction:
    """Describes one prompt and its response. `outcome` and `thumb` are None where nothing is known of them."""

    prompt: str
    response: str
    system: str
    iterations: int
    kind: str
    identity: str
    backend: str
    outcome: bool | None
    thumb: bool | None


def interaction(row: Mapping[str, Any]) -> Interaction | None:
    """Return what an event says; None if it is no interaction, because it has no prompt or no response."""
    fields = {**_inner(row, "metadata"), **row, **_inner(row, "data"), **_inner(row, "payload")}
    said = _messages(fields.get("messages"))
    prompt, response = (
        _first(fields, _PROMPT) or said.get("user", ""),
        _first(fields, _RESPONSE) or said.get("assistant", ""),
    )
    if not prompt or not response:
        return None
    count = fields.get("iterations", fields.get("iteration_count", fields.get("attempts", 1)))
    return Interaction(
        prompt.strip(), response.strip(), said.get("system", ""),
        count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 1,
        _first(fields, _KIND) or "interaction", _first(fields, _ID), _first(fields, ("backend", "agent", "model")),
        _outcome(fields), _thumb(fields),
    )  # fmt: skip


def pattern(interaction: Interaction) -> str:
    """Return a key for prompts of one kind: the type, and the first words without names, numbers and paths."""
    words = _PARTICULAR.sub("#", interaction.prompt).lower().split()
    return f"{interaction.kind} {' '.join(words[:8])}"


def _inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = row.get(name)
    return found if isinstance(found, Mapping) else {}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if isinstance(fields.get(name), str) and fields[name].strip()), "")


def _messages(value: Any) -> dict[str, str]:
    """Return the last text of each role."""
    turns = value if isinstance(value, list) else []
    return {
        turn["role"]: turn["content"] for turn in turns
        if isinstance(turn, Mapping) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
    }  # fmt: skip


def _outcome(fields: Mapping[str, Any]) -> bool | None:
    """Good only if nothing that is known of it is bad."""
    found: list[bool] = []
    for name in _OUTCOME:
        value = fields.get(name)
        if isinstance(value, bool):
            found.append(value)
        elif name == "exit_code" and isinstance(value, int):
            found.append(value == 0)
        elif isinstance(value, str) and value.lower() in _GOOD | _BAD:
            found.append(value.lower() in _GOOD)
    if fields.get("error"):
        found.append(False)
    return all(found) if found else None


def _thumb(fields: Mapping[str, Any]) -> bool | None:
    for name in _THUMB:
        value = fields.get(name)
        if isinstance(value, bool) or (isinstance(value, int) and value in (-1, 0, 1)):
            return value is True or value == 1
        if isinstance(value, str) and value.lower() in _UP | _DOWN:
            return value.lower() in _UP
    return None
