"""Held-out tool-call accuracy of a run: the prompts of the suite `tool-calls`, greedy replies, exact comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.evaluate.suites.held_out import calling_turns
from vibecoder.evaluate.types import Verdict
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.rendering.tool_calls import fenced_calls, same_calls
from vibecoder.runs.parts import CallCount, CallMeasurement
from vibecoder.types import Backend, Prompt, Record

__all__ = ["CallPrompt", "CallScore", "call_prompts", "score_calls", "score_replies"]


@dataclass(frozen=True, slots=True)
class CallPrompt:
    """A prompt of the suite as ids, ready to be asked."""

    prompt: Prompt
    ids: tuple[int, ...]

    @property
    def category(self) -> str:
        return self.prompt.category

    @property
    def user(self) -> str:
        return next((str(m["content"]) for m in reversed(self.prompt.messages) if m["role"] == "user"), "")

    @property
    def expected(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.prompt.reference["calls"]
        return calls


@dataclass(frozen=True, slots=True)
class CallScore:
    """What came of the prompts; `fenced` counts replies that were right but for the ```json fence."""

    verdicts: tuple[Verdict, ...]

    @property
    def exact(self) -> int:
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def fenced(self) -> int:
        return sum(bool(verdict.measures["fenced"]) for verdict in self.verdicts)

    @property
    def total(self) -> int:
        return len(self.verdicts)

    def measurement(self, when: str) -> CallMeasurement:
        """Convert the score to the form that the run's record has; the replies are left out."""
        by_category: dict[str, CallCount] = {}
        for verdict in sorted(self.verdicts, key=lambda each: each.category):
            so_far = by_category.get(verdict.category, CallCount())
            by_category[verdict.category] = CallCount(exact=so_far.exact + verdict.passed, total=so_far.total + 1)
        return CallMeasurement(
            when=when, exact=self.exact, fenced=self.fenced, total=self.total, by_category=by_category
        )


def call_prompts(records: Sequence[Record], tokenizer: ChatTokenizer, limit: int, max_prompt: int) -> list[CallPrompt]:
    """Draw up to `limit` calling turns of held-out `records`, at most `max_prompt` tokens each."""
    prompts: list[CallPrompt] = []
    for prompt in calling_turns(records):
        if len(prompts) == limit:
            break
        try:
            ids = prompt_ids(prompt.messages, prompt.tools, tokenizer)
        except DataError:
            continue
        if len(ids) <= max_prompt:
            prompts.append(CallPrompt(prompt, tuple(ids)))
    return prompts


def score_calls(
    backend: Backend,
    tokenizer: ChatTokenizer,
    prompts: Sequence[CallPrompt],
    adapter: Path | None,
    max_new_tokens: int,
) -> CallScore:
    """Let the model answer every prompt greedily and judge the calls."""
    outputs = backend.generate([p.ids for p in prompts], adapter, max_new_tokens, tokenizer.stop_ids)
    return score_replies(tokenizer, prompts, outputs, max_new_tokens)


def score_replies(
    tokenizer: ChatTokenizer,
    prompts: Sequence[CallPrompt],
    outputs: Sequence[Sequence[int]],
    max_new_tokens: int | None = None,
) -> CallScore:
    """Judge replies in token ids, one for each prompt: right are the same calls, in any order, as the row has."""
    return CallScore(
        tuple(_verdict(tokenizer, prompt, ids, max_new_tokens) for prompt, ids in zip(prompts, outputs, strict=True))
    )


def _verdict(tokenizer: ChatTokenizer, asked: CallPrompt, ids: Sequence[int], max_new_tokens: int | None) -> Verdict:
    reply, prompt = tokenizer.decode(ids), asked.prompt
    calls = tokenizer.calls.read(reply, prompt.tools)
    passed = same_calls(asked.expected, calls)
    fenced = not passed and same_calls(asked.expected, fenced_calls(tokenizer.calls.spoken(reply)))
    if passed:
        reason = ""
    elif fenced:
        reason = "right, but in a json fence instead of the model's own form"
    else:
        reason = "other calls than expected" if calls else "no well-formed call"
    return Verdict(
        prompt=prompt.id,
        suite=prompt.suite,
        category=prompt.category,
        subcategory=prompt.subcategory,
        passed=passed,
        score=float(passed),
        reply=reply,
        tokens=len(ids),
        stopped=max_new_tokens is None or len(ids) < max_new_tokens,
        reason=reason,
        measures={"user": asked.user, "expected": asked.expected, "fenced": fenced},
    )
