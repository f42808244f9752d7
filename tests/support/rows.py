"""Small conversations to train on, each a request and the tool call that answers it."""

from __future__ import annotations

import random

from vibecoder.types import Example

__all__ = ["READ_FILE", "reading"]

READ_FILE = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Read a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}


_WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "edge",
    "flux",
    "grid",
    "halo",
    "iris",
    "jade",
    "kite",
    "lime",
    "mint",
    "node",
    "opal",
    "pine",
    "quad",
    "rust",
    "sage",
    "tide",
]


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
