"""What the truth test asks: lines of real code, conversations, rows that training never saw, and prompts for calls."""

from __future__ import annotations

import hashlib
import sysconfig
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from vibecoder.errors import DataError
from vibecoder.evaluate.calls import CallPrompt, call_prompts
from vibecoder.export.rows import rendered_rows
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Example, Record, Rendered

__all__ = ["Cases", "Conversation", "code_lines", "make_cases"]

_MODULES = ("argparse", "ast", "csv", "dataclasses", "difflib", "inspect", "locale", "pathlib", "textwrap", "tokenize")
"""Modules of the standard library whose lines are tokenized."""
LINES = 1000
_ROWS, _LONGEST = 24, 768
_CHATS = 40
_PROMPTS, _LONGEST_PROMPT = 16, 1024
ODD = (
    "", " ", "\n\n\n", "\t\tif x:\r\n", "naïve café Straße", "日本語のコード # コメント", "x = '👩‍💻' * 3",
    "1234567890 3.14e-10", "a" * 300, "{'k': [1, 2,\n\t3]}", "don't I'll WE'RE", "  trailing  ", "\u00a0nbsp\u2003em",
    "Ω≈ç√∫˜µ≤", "def\tf( x ):return(x)",
)  # fmt: skip
"""Texts on which pre-tokenizers differ."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages and offered tools, as a client sends them."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Cases:
    """`texts` are tokenized, `conversations` rendered, `rows` computed, `prompts` answered with tool calls.

    `spoken` are the positions of each row whose next token is the model's to say.
    """

    texts: Sequence[str]
    conversations: Sequence[Conversation]
    rows: Sequence[Sequence[int]]
    spoken: Sequence[Sequence[int]]
    prompts: Sequence[CallPrompt]


@cache
def code_lines(count: int = LINES) -> tuple[str, ...]:
    """Draw lines of code from Python's standard library, the same ones for each Python."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = [folder / f"{name}.py" for name in _MODULES]
    lines = {
        line
        for path in files
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    }
    return tuple(sorted(lines, key=lambda line: hashlib.sha256(line.encode()).digest())[:count])


def make_cases(tokenizer: ChatTokenizer, held_out: Sequence[Record], context: int) -> Cases:
    """Make the cases for a model from rows that it was not trained on."""
    chats = [record for record in held_out if isinstance(record, Example)]
    kept = chats[:: max(1, len(chats) // _CHATS)][:_CHATS]
    conversations = [FLOATS, *(Conversation(_asked(record.messages), record.tools) for record in kept)]
    rendered = [text for each in conversations if (text := rendered_text(tokenizer, each)) is not None]
    texts = [*code_lines(), *ODD, *rendered]
    rows = rendered_rows(held_out, tokenizer, _ROWS, min(_LONGEST, context))
    if not any(row.supervised for row in rows):
        rows = [
            Rendered(ids, np.ones(len(ids), np.bool_)) for ids in map(np.array, map(tokenizer.encode, texts[:_ROWS]))
        ]
    return Cases(
        # llama.cpp has no normalizer; a text that is not in NFC is another text to Qwen's own tokenizer.
        texts=[text for text in texts if unicodedata.is_normalized("NFC", text)],
        conversations=conversations,
        rows=[row.ids.tolist() for row in rows],
        spoken=[np.flatnonzero(row.loss_mask[1:]).tolist() for row in rows],
        prompts=call_prompts(chats, tokenizer, _PROMPTS, min(_LONGEST_PROMPT, context // 2)),
    )


def _asked(messages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Cut a conversation off before its last reply, as a client sends it."""
    last = max((at for at, message in enumerate(messages) if message["role"] == "assistant"), default=len(messages))
    return messages[:last] or messages


def rendered_text(tokenizer: ChatTokenizer, given: Conversation, prompt: bool = False) -> str | None:
    """Render a conversation as training does; None where the template refuses it."""
    try:
        messages, tools = tokenizer.chat_template.conversation(given.messages, given.tools)
    except DataError:
        return None
    return tokenizer.chat_template.attempt(messages, tools, prompt)


FLOATS = Conversation(
    messages=[
        {"role": "user", "content": "Where is the tower?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "type": "function",
                    "function": {"name": "locate", "arguments": {"lat": 48.8583701, "lon": 2.2944813, "zoom": 1.0}},
                }
            ],
        },
        {"role": "tool", "content": "in view"},
        {"role": "user", "content": "Closer, please."},
    ],
    tools=[
        {
            "type": "function",
            "function": {
                "name": "locate",
                "description": "Show a place on the map.",
                "parameters": {
                    "type": "object",
                    "properties": {
                        "lat": {"type": "number", "minimum": -90.0, "maximum": 90.0},
                        "lon": {"type": "number", "default": 123456789.25},
                        "zoom": {"type": "number"},
                    },
                    "required": ["lat", "lon"],
                },
            },
        }
    ],
)
"""Numbers in an earlier call and in a tool's schema, which template engines write in their own ways."""
