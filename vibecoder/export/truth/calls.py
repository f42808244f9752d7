"""Tool calls as a served endpoint returns them, held against the calls of the trainer's model, prompt by prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.evaluate.calls import CallPrompt
from vibecoder.export.llama.serving import LlamaServer
from vibecoder.export.truth.cases import Conversation, rendered_text
from vibecoder.export.truth.limits import limit_of
from vibecoder.export.truth.reference import Reference
from vibecoder.export.truth.verdict import Check
from vibecoder.rendering import ChatTokenizer
from vibecoder.rendering.tool_calls import same_calls

__all__ = ["apply_template", "check_calls"]

_LEAST_LOST = 1
"""Prompts that may always be lost: greedy replies part at near ties."""


def check_calls(reference: Reference, quantization: str, server: LlamaServer, max_new_tokens: int = 160) -> Check:
    """Ask the endpoint every prompt, tools offered, and compare `tool_calls`.

    Where the trainer's model is right and the endpoint is not, the raw reply is read as well, by /completion: a call
    that is right there and not in `tool_calls` is one that no client would see.
    """
    assert reference.calls is not None
    trained = [verdict.passed for verdict in reference.calls.verdicts]
    served: list[bool] = []
    hidden = otherwise = 0
    for prompt, right in zip(reference.cases.prompts, trained, strict=True):
        answer = server.post(
            "/v1/chat/completions",
            messages=as_openai(prompt.prompt.messages),
            tools=list(prompt.prompt.tools),
            temperature=0,
            max_tokens=max_new_tokens,
        )
        otherwise += answer["usage"]["prompt_tokens"] != len(prompt.ids)
        served.append(same_calls(prompt.expected, _calls_of(answer["choices"][0]["message"])))
        if right and not served[-1]:
            raw = _raw_calls(reference.tokenizer, prompt, server, max_new_tokens)
            hidden += same_calls(prompt.expected, raw)
    lost = sum(trained) - sum(served)
    allowed = max(_LEAST_LOST, round(limit_of(quantization).calls * sum(trained)))
    same = sum(one == other for one, other in zip(trained, served, strict=True))
    before = f", {reference.before.exact} before tuning" if reference.before else ""
    said = (
        f"{sum(served)} of {len(served)} calls exact over HTTP, {sum(trained)} in the trainer's model{before}; "
        f"{same} prompts with the same verdict"
    )
    if hidden:
        said += f"; {hidden} right calls stay in content, where no client finds them"
    if otherwise:
        said += f"; {otherwise} prompts have another number of tokens there"
    # Numbers that are written otherwise change some; a token that is added or lost at the start changes all.
    whole = otherwise < len(served)
    figures = {
        "prompts": len(served), "served": sum(served), "trainer": sum(trained), "same": same,
        "hidden": hidden, "other_tokens": otherwise, "before": reference.before.exact if reference.before else None,
    }  # fmt: skip
    return Check("calls", whole and not hidden and lost <= allowed, said, figures)


def apply_template(server: LlamaServer, tokenizer: ChatTokenizer, given: Conversation) -> str:
    """Let the server render a conversation and the header of the next reply."""
    tools = {"tools": list(given.tools)} if given.tools else {}
    return str(server.post("/apply-template", messages=as_openai(given.messages), **tools)["prompt"])


def as_openai(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write messages as OpenAI's API has them: arguments of calls as JSON text, every call with an id."""
    made: list[dict[str, Any]] = []
    for message in messages:
        copy = {key: value for key, value in message.items() if key in ("role", "content", "name", "tool_call_id")}
        if message.get("tool_calls"):
            copy["tool_calls"] = [_call(call, at) for at, call in enumerate(message["tool_calls"])]
        made.append(copy)
    return made


def _call(call: Mapping[str, Any], at: int) -> dict[str, Any]:
    function = call["function"]
    arguments = function["arguments"]
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {
        "type": "function",
        "id": call.get("id") or f"call_{at}",
        "function": {"name": function["name"], "arguments": text},
    }


def _calls_of(message: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    found = []
    for call in message.get("tool_calls") or ():
        try:
            arguments = json.loads(call["function"]["arguments"])
        except ValueError:
            return None
        found.append({"name": call["function"]["name"], "arguments": arguments})
    return found


def _raw_calls(
    tokenizer: ChatTokenizer, prompt: CallPrompt, server: LlamaServer, max_new_tokens: int
) -> list[dict[str, Any]] | None:
    text = rendered_text(tokenizer, Conversation(prompt.prompt.messages, prompt.prompt.tools), prompt=True)
    answer = server.post("/completion", prompt=text, temperature=0, n_predict=max_new_tokens, special=True)
    return tokenizer.calls.read(str(answer["content"]), prompt.prompt.tools)
