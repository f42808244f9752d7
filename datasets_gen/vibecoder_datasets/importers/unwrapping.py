"""Take what coding agents wrap around a person's words out of logged requests: reminders and editors' envelopes."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder.errors import DataError
from vibecoder.types import Message
from vibecoder_datasets.importers.claude.envelopes import unwrapped

__all__ = ["spoken"]

_MARKS = ("<system-reminder>", "<ide_")


def spoken(messages: Sequence[Message]) -> list[Message]:
    """List the turns with the words of people and tools alone; turns of nothing else go.

    Raises:
        DataError: a reply answers such a turn, so that its prompt is not known.
    """
    turns: list[Message] = []
    waiting: list[Message] = []
    for turn in messages:
        made, queued = _turn(turn)
        if turn["role"] != "tool":
            turns += waiting
            waiting = []
        waiting += queued
        if not made and turns and turns[-1]["role"] == "assistant" and not turns[-1].get("tool_calls"):
            raise DataError("a reply without its prompt")
        turns += made
    return [*turns, *waiting]


def _turn(turn: Message) -> tuple[list[Message], list[Message]]:
    """Return what a turn says, and the prompts that were typed while the tools of it ran."""
    text = turn["content"]
    if turn["role"] not in ("user", "tool") or not any(mark in text for mark in _MARKS):
        return [turn], []
    typed = unwrapped(text)
    if turn["role"] == "tool":
        queued = [{"role": "user", "content": prompt} for prompt in typed.queued]
        return [{**turn, "content": typed.text.rstrip()}], queued
    said = "\n\n".join(part for part in (typed.text.strip(), *typed.queued, *typed.attached) if part)
    return ([{**turn, "content": said}] if said else []), []
