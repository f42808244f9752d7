"""Read requests of OpenAI's API into what rendering and engines take, and refuse what cannot be done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["BadRequest", "ChatRequest", "Sampling", "completion_prompt", "read_chat", "read_sampling"]

_ROLES = ("system", "user", "assistant", "tool")
_MAX_TOKENS = 1024
_UNREAD = ("frequency_penalty", "presence_penalty", "logit_bias", "reasoning_effort", "verbosity")


class BadRequest(Exception):
    """A request that cannot be answered: `status`, a message for the user, and OpenAI's code for the reason."""

    def __init__(self, message: str, status: int = 400, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is generated. `asked` are the fields of it that the request gave, `unread` those that none reads."""

    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None
    stop: tuple[str, ...]
    stream: bool
    usage: bool
    asked: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation in the dataset's form, and the tools offered in it."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    sampling: Sampling


def read_chat(body: Mapping[str, Any]) -> ChatRequest:
    """Read the body of `/v1/chat/completions`.

    Raises:
        BadRequest: it is malformed, or asks for what no engine here does.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one turn")
    tools, choice = body.get("tools") or [], body.get("tool_choice") or "auto"
    if not isinstance(tools, list) or not all(isinstance(each, dict) and "function" in each for each in tools):
        raise BadRequest('tools must be a list of {"type": "function", "function": {...}}')
    if choice not in ("auto", "none"):
        raise BadRequest("tool_choice must be auto or none: a small model cannot be forced to call a tool well")
    if body.get("functions"):
        raise BadRequest("functions is the old form; give tools")
    return ChatRequest(_conversation(messages), tools if choice == "auto" else [], read_sampling(body))


def read_sampling(body: Mapping[str, Any]) -> Sampling:
    """Read how a reply is to be generated.

    Raises:
        BadRequest: a value of the wrong type, or something that no engine here does.
    """
    if body.get("n", 1) != 1 or body.get("best_of", 1) != 1:
        raise BadRequest("n must be 1: one reply for each request")
    if body.get("logprobs"):
        raise BadRequest("logprobs are not given out; leave them out")
    form = (body.get("response_format") or {}).get("type", "text")
    if form != "text":
        raise BadRequest(f"response_format {form} is not supported; leave it out")
    stop = body.get("stop") or ()
    stops = (stop,) if isinstance(stop, str) else tuple(stop)
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or _MAX_TOKENS
    try:
        return Sampling(
            max_tokens=max(1, int(limit)),
            temperature=float(body.get("temperature") or 0.0),
            top_p=float(body.get("top_p") or 1.0),
            seed=None if body.get("seed") is None else int(body["seed"]),
            stop=tuple(map(str, stops)),
            stream=bool(body.get("stream")),
            usage=bool((body.get("stream_options") or {}).get("include_usage")),
            asked=tuple(name for name in ("temperature", "top_p", "seed") if body.get(name) is not None),
            unread=tuple(name for name in _UNREAD if body.get(name)),
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(f"a number is none: {error}") from error


def completion_prompt(body: Mapping[str, Any]) -> str:
    """Read the prompt of `/v1/completions`.

    Raises:
        BadRequest: it is no single text.
    """
    prompt = body.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise BadRequest("prompt must be one text")
    return prompt


def _conversation(messages: Sequence[Any]) -> list[dict[str, Any]]:
    names: dict[str, str] = {}
    found = []
    for at, message in enumerate(messages):
        if not isinstance(message, dict):
            raise BadRequest(f"messages[{at}] is no object")
        role = {"developer": "system"}.get(message.get("role", ""), message.get("role"))
        if role not in _ROLES:
            raise BadRequest(f"messages[{at}].role must be one of {', '.join(_ROLES)}, not {message.get('role')}")
        turn: dict[str, Any] = {"role": role, "content": _text(message.get("content"), at)}
        calls = message.get("tool_calls") or []
        if calls:
            turn["tool_calls"] = [_call(call, at) for call in calls]
            names |= {call["id"]: call["function"]["name"] for call in calls if call.get("id")}
        if role == "tool":
            turn["name"] = message.get("name") or names.get(message.get("tool_call_id", ""), "")
        found.append(turn)
    return found


def _text(content: Any, at: int) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(each, dict) and each.get("type") == "text" for each in content):
        return "".join(str(each.get("text", "")) for each in content)
    raise BadRequest(f"messages[{at}].content must be text; these models read no images or sounds")


def _call(call: Any, at: int) -> dict[str, Any]:
    """Turn a call's arguments, JSON text in OpenAI's form, into the object that templates print."""
    try:
        name, arguments = call["function"]["name"], call["function"].get("arguments") or "{}"
        parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(f"messages[{at}] has a tool call that cannot be read: {error}") from error
    if not isinstance(parsed, dict):
        raise BadRequest(f"messages[{at}] has a tool call whose arguments are no object")
    return {"type": "function", "function": {"name": name, "arguments": parsed}}
