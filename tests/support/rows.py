"""Small rows: requests with the tool call that answers each, conversations of one turn, and one row of three kinds."""

from __future__ import annotations

import random

from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task

__all__ = ["CHAT", "INFILL", "LONG", "PAIR", "PROMPT", "READ_FILE", "REPLY", "chat", "kinds", "reading"]

READ_FILE = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Read a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}
_USER, REPLY = {"role": "user", "content": "Open a.py"}, {"role": "assistant", "content": "It is open."}
_CALL = {"type": "function", "function": {"name": "read", "arguments": {"path": "a.py"}}}
_CALLING = {"role": "assistant", "content": "", "tool_calls": [_CALL]}
_TOOLS = [{"type": "function", "function": {"name": "read"}}]
CHAT = Example(
    messages=[_USER, _CALLING, {"role": "tool", "content": "x = 1\x1b[31m"}, REPLY],
    tools=_TOOLS,
    category="tool-use",
    group="repo/a",
    provenance={"repository": "a"},
)
INFILL = Infill(prefix="def f():\n", middle="    return 1\n", suffix="", path="f.py", category="agentic")
PAIR = Comparison(messages=[_USER], chosen=[REPLY], rejected=[{"role": "assistant", "content": "No."}])
PROMPT = "Write a function that reads a file and returns how many of its lines are empty."
"""What a test suite asks, longer than ten words."""
LONG = " ".join(f"word{n}" for n in range(120))

_WORDS = [
    "alpha", "beta", "gamma", "delta", "edge", "flux", "grid", "halo", "iris", "jade",
    "kite", "lime", "mint", "node", "opal", "pine", "quad", "rust", "sage", "tide",
]  # fmt: skip


def reading(number: int) -> Example:
    """A small conversation: the user names a path, the assistant reads it."""
    draw = random.Random(number)
    path = "/".join(draw.sample(_WORDS, draw.choice((1, 2, 3)))) + ".py"
    call = {"type": "function", "function": {"name": "read_file", "arguments": {"path": path}}}
    return Example(
        id=f"row-{number}",
        category="tool-use",
        messages=[
            {"role": "user", "content": f"Please read {path}"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
        ],
        tools=[READ_FILE],
    )


def chat(said: str, reply: str = "done", **labels: str) -> Example:
    """A conversation of one turn: the user says `said`."""
    turns = [{"role": "user", "content": said}, {"role": "assistant", "content": reply}]
    return Example(messages=turns, **labels)  # type: ignore[arg-type]


def kinds(said: str) -> list[Record]:
    """One row of each kind, with `said` as its request, reply, call, code, preference, rated reply or test."""
    ask, reply = [{"role": "user", "content": "x"}], [{"role": "assistant", "content": said}]
    call = {"type": "function", "function": {"name": "bash", "arguments": {"command": said}}}
    return [
        chat(said),
        chat("x", said),
        Example(messages=[*ask, {"role": "assistant", "content": "", "tool_calls": [call]}]),
        Infill(prefix=said[:9], middle=said[9:], suffix=""),
        Comparison(messages=ask, chosen=[{"role": "assistant", "content": "no"}], rejected=reply),
        Rated(messages=ask, completion=reply, label=False),
        Task(messages=ask, reference={"tests": said}),
    ]
