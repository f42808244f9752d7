"""Cut what a model thinks from what it replies."""

from __future__ import annotations

__all__ = ["without_thoughts"]

_MARKS = (
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("<thinking>", "</thinking>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("◁think▷", "◁/think▷"),
)


def without_thoughts(reply: str) -> str:
    """Return what stands behind the last end of thoughts; where thoughts are begun and not ended, what is before them.

    A server's reasoning parser takes thoughts away before it reads calls.
    """
    for begin, end in _MARKS:
        reply = reply.rpartition(end)[2].partition(begin)[0]
    return reply
