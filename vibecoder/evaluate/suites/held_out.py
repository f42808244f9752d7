"""The suite `tool-calls`: turns of held-out rows, drawn evenly from every category and sub-category."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from vibecoder.rendering.tool_calls import expected_calls
from vibecoder.types import Example, Prompt, Record, SuiteJob, is_learned

__all__ = ["PROMPTS", "call_suite"]

PROMPTS = 48
_MAX_NEW_TOKENS = 112
"""Enough for the calls of most rows; a turn whose calls are longer is not drawn."""
_CHARACTERS_A_TOKEN = 2.5


def call_suite(job: SuiteJob) -> list[Prompt]:
    """Draw prompts for an assistant's next turn: which calls it makes, or that it makes none."""
    pools: dict[tuple[str, str], list[tuple[str, Prompt]]] = defaultdict(list)
    for prompt in _prompts(job.held_out()):
        rank = hashlib.sha256(f"{job.seed}:{prompt.id}".encode()).hexdigest()
        pools[prompt.category, prompt.subcategory].append((rank, prompt))
    queues = [[prompt for _, prompt in sorted(pool, key=lambda each: each[0])] for _, pool in sorted(pools.items())]
    drawn: list[Prompt] = []
    depth = 0
    while len(drawn) < PROMPTS and any(len(queue) > depth for queue in queues):
        drawn += [queue[depth] for queue in queues if len(queue) > depth][: PROMPTS - len(drawn)]
        depth += 1
    return sorted(drawn, key=lambda prompt: (prompt.category, prompt.subcategory, prompt.id))


def _prompts(records: Sequence[Record]) -> Iterable[Prompt]:
    """Yield a prompt for every calling turn of records with tools, and for the first turn of those that call none."""
    for record in records:
        if not isinstance(record, Example) or not record.tools:
            continue
        turns = [at for at, message in enumerate(record.messages) if is_learned(message)]
        calling = [at for at in turns if record.messages[at].get("tool_calls")]
        for at in calling or turns[:1]:
            calls = expected_calls(record.messages[at])
            if len(str(calls)) > _CHARACTERS_A_TOKEN * _MAX_NEW_TOKENS:
                continue
            yield Prompt(
                id=f"tool-calls/{record.id}/{at}",
                suite="tool-calls",
                category=record.category,
                subcategory=record.subcategory,
                messages=record.messages[:at],
                tools=record.tools,
                scorer="calls",
                reference={"calls": calls},
                max_new_tokens=_MAX_NEW_TOKENS,
            )
