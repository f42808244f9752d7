"""The suite `tool-calls`: turns of held-out rows that call tools, and some that call none though tools are offered.

A run asks the calling turns before and after each stage, `vibecoder eval` asks the same ones and the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from vibecoder.rendering.tool_calls import expected_calls
from vibecoder.types import Example, Prompt, Record, SuiteJob, is_learned

__all__ = ["PROMPTS", "SUITE", "call_suite", "calling_turns"]

SUITE = "tool-calls"
PROMPTS = 64
"""Calling turns that are asked; as many as `evaluate.prompts` asks by default."""
_DECLINED = 16
"""Turns that call nothing, asked beside them."""
_MAX_NEW_TOKENS = 160


def call_suite(job: SuiteJob) -> list[Prompt]:
    """Draw the prompts of the suite from held-out records, the same ones whatever else the records are."""
    records = job.held_out()
    drawn = [prompt for prompt, _ in zip(calling_turns(records), range(PROMPTS), strict=False)]
    declined = [_prompt(record, at) for record in records if isinstance(record, Example) for at in _declining(record)]
    drawn += sorted(declined, key=_rank)[:_DECLINED]
    return sorted(drawn, key=lambda prompt: (prompt.category, prompt.subcategory, prompt.id))


def calling_turns(records: Sequence[Record]) -> Iterator[Prompt]:
    """Yield a prompt for every turn of the records that calls tools, in an order drawn by hash."""
    found = [
        _prompt(record, at)
        for record in records
        if isinstance(record, Example)
        for at, message in enumerate(record.messages)
        if is_learned(message) and message.get("tool_calls")
    ]
    yield from sorted(found, key=_rank)


def _declining(record: Example) -> list[int]:
    """Find the first turn that is learned of a record that offers tools and calls none."""
    turns = [at for at, message in enumerate(record.messages) if is_learned(message)]
    calls = any(record.messages[at].get("tool_calls") for at in turns)
    return turns[:1] if record.tools and not calls else []


def _rank(prompt: Prompt) -> str:
    _, record, at = prompt.id.rsplit("/", 2)
    return hashlib.sha256(f"{record}:{at}".encode()).hexdigest()


def _prompt(record: Example, at: int) -> Prompt:
    return Prompt(
        id=f"{SUITE}/{record.id}/{at}",
        suite=SUITE,
        category=record.category,
        subcategory=record.subcategory,
        messages=record.messages[:at],
        tools=record.tools,
        scorer="calls",
        reference={"calls": expected_calls(record.messages[at])},
        max_new_tokens=_MAX_NEW_TOKENS,
    )
