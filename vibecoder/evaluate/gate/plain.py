"""Plain talk, for the gate: requests that no tool answers, and how likely a model finds an answer in words.

A stage on nothing but tool calls makes words unlikely everywhere. Likelihoods show that long before greedy replies do,
and on a model too small to pass any prompt; they cost one forward pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vibecoder.rendering import ChatTokenizer, render
from vibecoder.training.packing import pack
from vibecoder.types import Backend, Example

__all__ = ["plain_loss"]

_EXCHANGES = (
    ("Thanks, that was all for today.", "You're welcome. See you next time!"),
    ("Good morning! How are you?", "Good morning! I'm ready to work. What are we building today?"),
    (
        "What is a linked list?",
        "A linked list is a chain of nodes, each of which holds a value and points to the next.",
    ),
    (
        "Explain in one sentence what recursion means.",
        "A function is recursive if it calls itself on a smaller problem.",
    ),
    ("What does the keyword yield do in Python?", "It hands a value to the caller and pauses the function there."),
    ("Why would I choose a tuple over a list?", "A tuple can't change, so it can be a key of a dictionary."),
    ("Tell me a short joke about programmers.", "There are ten kinds of people: those who know binary and the rest."),
    ("Should I write tests before or after the code?", "Before: a test that fails first shows that it can fail."),
    ("Please book me a table for two tonight.", "I can't book tables. I can help you with your code."),
    ("What will the weather be like in Lisbon?", "I can't look up the weather, I have no tool for it."),
    ("Turn the lights in the office off.", "I can't switch lights. Is there something in the code I can do?"),
    ("Call my manager and say that I am ill.", "I can't make phone calls. Shall I draft a message for you?"),
    ("Which is older, Python or Java?", "Python: it came out in 1991, Java in 1995."),
    ("What does HTTP status 404 mean?", "The server did not find what was asked for."),
    ("Who are you and what can you do?", "I'm your coding companion. I can read, change and test your code."),
    ("Never mind, I found the mistake myself.", "Great! Tell me if I can help with anything else."),
)


def _tool(name: str, description: str, parameter: str) -> Mapping[str, Any]:
    schema = {"type": "object", "properties": {parameter: {"type": "string"}}, "required": [parameter]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


_TOOLS = (_tool("read_file", "Read a file.", "path"), _tool("run_python", "Run Python code.", "code"))


def plain_loss(backend: Backend, tokenizer: ChatTokenizer, adapter: Path | None) -> list[float]:
    """Measure nats a token of each reference answer, averaged over asking with unfit tools and with none.

    Raises:
        DataError: the model's template refuses a plain conversation.
    """
    rows = [
        render(
            Example(messages=[{"role": "user", "content": ask}, {"role": "assistant", "content": answer}], tools=tools),
            tokenizer,
        )
        for ask, answer in _EXCHANGES
        for tools in (_TOOLS, ())
    ]
    found = backend.log_probabilities([pack([row]) for row in rows], adapter)
    losses = [-float(values.sum()) / row.supervised for values, row in zip(found, rows, strict=True)]
    return [float(loss) for loss in np.reshape(losses, (-1, 2)).mean(axis=1)]
