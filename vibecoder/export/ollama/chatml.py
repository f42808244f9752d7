"""Recognise chat templates that print ChatML, with or without Hermes tool calls, and say how they differ in words.

A template is recognised by what it prints: its pieces are cut out of one rendering, and a plain renderer that has
them must then print the same text for every conversation of `PROBES`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer
from vibecoder.rendering.infill import infill_prompt

__all__ = ["PROBES", "ChatMl", "recognise", "render"]

_START, _END = "<|im_start|>", "<|im_end|>"
_SAID = "Kestrel."
_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Look at a thing.",
        "parameters": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]},
    },
}


@dataclass(frozen=True, slots=True)
class ChatMl:
    """What one ChatML template says: its system text where none is given (None: no turn then), what is around tools.

    `before_tools` is between the system text and the first tool, `alone` in its place where there is no system text,
    `after_tools` behind the last tool; they are None where the template shows no tools. `infill` are the tokens before
    prefix, suffix and middle, None where the model has none.
    """

    system: str | None
    before_tools: str | None = None
    alone: str | None = None
    after_tools: str | None = None
    infill: tuple[str, str, str] | None = None


def _call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def _turn(role: str, content: str, *calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "content": content, **({"tool_calls": list(calls)} if calls else {})}


_ASKED = _turn("user", "Where is it?")
_CALLED = _turn("assistant", "", _call("look", at="here"))
_CALLED_TWICE = _turn("assistant", "I look.", _call("look", at="<a> & 'b'"), _call("look", at='ü\n"'))
_RESULT = {"role": "tool", "name": "look", "content": "nothing"}
PROBES: tuple[tuple[list[dict[str, Any]], list[dict[str, Any]]], ...] = (
    ([_ASKED], []),
    ([_turn("system", "Be brief."), _ASKED], []),
    ([_ASKED, _turn("assistant", "Here."), _turn("user", "Sure?")], []),
    ([_ASKED], [_TOOL]),
    ([_turn("system", "Be brief."), _ASKED], [_TOOL, _TOOL]),
    ([_ASKED, _CALLED, _RESULT], [_TOOL]),
    ([_ASKED, _CALLED_TWICE, _RESULT, _RESULT], [_TOOL]),
    ([_ASKED, _CALLED, _RESULT, _turn("assistant", "Not here."), _turn("user", "And there?")], [_TOOL]),
    ([_ASKED, _turn("assistant", "", _call("look", at="x", n=[1, True, None, {"k": 2.5}])), _RESULT], [_TOOL]),
)  # fmt: skip
"""Conversations with the tools offered in them; those with tools are left out for a template that shows none."""


def recognise(tokenizer: ChatTokenizer) -> ChatMl | None:
    """Return the words of a model's ChatML template; None where it prints anything else for one of `PROBES`."""
    form = _pieces(tokenizer)
    if form is None:
        return None
    for messages, tools in PROBES:
        if tools and form.before_tools is None:
            continue
        try:
            conversation, offered = tokenizer.chat_template.conversation(messages, tools)
            theirs = tokenizer.chat_template.render(conversation, offered, prompt=True)
        except DataError:
            return None
        if theirs != render(form, messages, tools):
            return None
    return form


def _pieces(tokenizer: ChatTokenizer) -> ChatMl | None:
    template = tokenizer.chat_template
    bare = template.attempt([_turn("user", _SAID)], prompt=True)
    asked = f"{_START}user\n{_SAID}{_END}\n{_START}assistant\n"
    if bare is None or not bare.endswith(asked):
        return None
    head = bare.removesuffix(asked)
    lead = f"{_START}system\n"
    if head and not (head.startswith(lead) and head.endswith(f"{_END}\n")):
        return None
    system = head[len(lead) : -len(_END) - 1] if head else None
    before, after = _around_tools(tokenizer, [_turn("system", _SAID)], _SAID)
    alone, _ = _around_tools(tokenizer, [], system or "")
    return ChatMl(system, before, alone, after, _infill(tokenizer))


def _around_tools(
    tokenizer: ChatTokenizer, lead: Sequence[Mapping[str, Any]], system: str
) -> tuple[str | None, str | None]:
    """Cut out what is before and behind the tools in the system turn; None twice where none are shown."""
    text = tokenizer.chat_template.attempt([*lead, _turn("user", _SAID)], [_TOOL], prompt=True) or ""
    start, shown = f"{_START}system\n{system}", f"\n{json.dumps(_TOOL)}"
    turn, at = text.find(f"{_END}\n"), text.find(shown)
    if not text.startswith(start) or at < 0 or turn < at:
        return None, None
    return text[len(start) : at], text[at + len(shown) : turn]


def _infill(tokenizer: ChatTokenizer) -> tuple[str, str, str] | None:
    try:
        ids, _ = infill_prompt(_SAID, _SAID, tokenizer)
    except DataError:
        return None
    parts = tokenizer.decode(ids).split(_SAID)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def render(form: ChatMl, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> str:
    """Print a conversation and the header of the next reply as Ollama's template of `go_template` does."""
    lead = messages[0]["content"] if messages and messages[0]["role"] == "system" else None
    first = form.system if lead is None else lead
    parts = []
    if first is not None or tools:
        parts.append(f"{_START}system\n{first or ''}")
        if tools:
            shown = "".join(f"\n{json.dumps(tool, ensure_ascii=False)}" for tool in tools)
            parts.append(f"{form.alone if lead is None else form.before_tools}{shown}{form.after_tools}")
        parts.append(f"{_END}\n")
    before = ""
    for index, message in enumerate(messages):
        role, calls = message["role"], message.get("tool_calls") or ()
        if before == "tool" and role != "tool":
            parts.append(f"{_END}\n")
        if role == "tool":
            parts.append("" if before == "tool" else f"{_START}user")
            parts.append(f"\n<tool_response>\n{message['content']}\n</tool_response>")
        elif role == "assistant" and calls:
            parts.append(f"{_START}assistant" + (f"\n{message['content']}" if message["content"] else ""))
            for call in calls:
                function = call["function"]
                arguments = json.dumps(function["arguments"], ensure_ascii=False)
                parts.append(f'\n<tool_call>\n{{"name": "{function["name"]}", "arguments": {arguments}}}\n</tool_call>')
            parts.append(f"{_END}\n")
        elif index or role != "system":
            parts.append(f"{_START}{role}\n{message['content']}{_END}\n")
        before = role
    parts.append(f"{_END}\n" if before == "tool" else "")
    return "".join([*parts, f"{_START}assistant\n"])
