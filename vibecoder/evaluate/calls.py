"""Held-out tool-call accuracy: prompts of rows never trained on, greedy replies, exact comparison of the calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.rendering.tool_calls import expected_calls, fenced_calls, same_calls, tagged_calls
from vibecoder.runs.parts import CallCount, CallMeasurement
from vibecoder.types import Backend, Example, Record, is_learned

__all__ = ["CallPrompt", "CallScore", "call_prompts", "score_calls", "score_replies"]


@dataclass(frozen=True, slots=True)
class CallPrompt:
    """One held-out turn that calls tools: the conversation up to it as ids, and the calls that stand there."""

    record_id: str
    category: str
    subcategory: str
    ids: tuple[int, ...]
    user: str
    expected: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CallScore:
    """How many of the prompts got exactly the expected calls; `fenced` counts those right but for the ```json fence."""

    exact: int
    fenced: int
    total: int
    by_category: dict[str, CallCount]
    replies: tuple[str, ...]

    def measurement(self, when: str) -> CallMeasurement:
        """Convert the score to the form that the run's record has; the replies are left out."""
        return CallMeasurement(
            when=when, exact=self.exact, fenced=self.fenced, total=self.total, by_category=self.by_category
        )


def call_prompts(records: Sequence[Record], tokenizer: ChatTokenizer, limit: int, max_prompt: int) -> list[CallPrompt]:
    """Up to `limit` calling turns of held-out `records`, chosen by hash, at most `max_prompt` tokens each.

    Replies are read in `<tool_call>` blocks only, so a model whose template writes calls otherwise scores none.
    """
    turns = [
        (hashlib.sha256(f"{record.id}:{at}".encode()).hexdigest(), record, at)
        for record in records
        if isinstance(record, Example)
        for at, message in enumerate(record.messages)
        if is_learned(message) and message.get("tool_calls")
    ]
    prompts: list[CallPrompt] = []
    for _, record, at in sorted(turns, key=lambda turn: turn[0]):
        if len(prompts) == limit:
            break
        try:
            ids = prompt_ids(record.messages[:at], record.tools, tokenizer)
        except DataError:
            continue
        if len(ids) > max_prompt:
            continue
        user = next((m["content"] for m in reversed(record.messages[:at]) if m["role"] == "user"), "")
        calls = tuple(expected_calls(record.messages[at]))
        prompts.append(CallPrompt(record.id, record.category, record.subcategory, tuple(ids), user, calls))
    return prompts


def score_calls(
    backend: Backend,
    tokenizer: ChatTokenizer,
    prompts: Sequence[CallPrompt],
    adapter: Path | None,
    max_new_tokens: int,
) -> CallScore:
    """Let the model answer every prompt greedily and count the exact calls."""
    outputs = backend.generate([p.ids for p in prompts], adapter, max_new_tokens, tokenizer.stop_ids)
    return score_replies(tokenizer, prompts, outputs)


def score_replies(
    tokenizer: ChatTokenizer, prompts: Sequence[CallPrompt], outputs: Sequence[Sequence[int]]
) -> CallScore:
    """Count the exact calls among replies in token ids, one for each prompt."""
    replies = tuple(tokenizer.decode(ids) for ids in outputs)
    by_category: dict[str, CallCount] = {}
    exact = fenced = 0
    for prompt, reply in zip(prompts, replies, strict=True):
        right = same_calls(prompt.expected, tagged_calls(reply))
        exact += right
        fenced += not right and same_calls(prompt.expected, fenced_calls(reply))
        so_far = by_category.get(prompt.category, CallCount())
        by_category[prompt.category] = CallCount(exact=so_far.exact + right, total=so_far.total + 1)
    return CallScore(exact, fenced, len(prompts), dict(sorted(by_category.items())), replies)
