"""The form in which a chat template wants a conversation, found by rendering small ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from vibecoder.errors import DataError
from vibecoder.rendering.call_ids import IdForm, with_ids

__all__ = ["Wants", "find_wants"]

_Render: TypeAlias = Callable[[Sequence[Mapping[str, Any]], Sequence[Any]], str]
_REASONING = ("reasoning_content", "thinking", "reasoning")
_INLINE = re.compile(r"\s*<think>(?P<thoughts>.*)</think>(?P<said>.*)", re.DOTALL)
_TEXT, _TOOL, _THOUGHT = "Kestrel7", "merlin_9", "Osprey3"
_OFFER = "You can call these functions, given as JSON:"
_LONG_ID = "call_kestrel7OspreyMerlin0123456"
"""An id of the form that OpenAI's have."""
_TOOLS = (
    {"type": "function", "function": {
        "name": _TOOL, "description": "", "parameters": {"type": "object", "properties": {}}}},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wants:
    """What a template reads and shows.

    `as_parts`: text must come as `[{"type": "text", "text": ...}]`, as vision models' templates ask. `as_json`:
    tool-call arguments must come as JSON text. `shows_calls`: tool calls appear in its output at all; where they do
    not, `refusal` has the template's own words if it raised some. `shows_tools`: offered tools do; where they do not
    but calls do, they are written into the system turn. `developer`: it knows that role. `thoughts`: it
    shows those of a last reply, or of a last call. `splits`: what a reply begins with in `<think>` is handed over as
    thoughts, since the tags are tokens, which the text of a message never becomes. `ids`: the form of call ids.
    """

    name: str
    as_parts: bool = False
    as_json: bool = False
    shows_calls: bool = False
    refusal: str = ""
    shows_tools: bool = False
    developer: bool = False
    thoughts: bool = False
    splits: bool = False
    ids: IdForm = IdForm.ANY

    def prepared(self, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Copies of the messages in the form this template reads.

        Raises:
            DataError: an assistant calls a tool, and the template shows no call, or refuses every one.
        """
        return [self._prepared(message) for message in with_ids(messages, self.ids)]

    def conversation(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[Mapping[str, Any]]]:
        """Prepare the messages, and the tools that the template itself is to show.

        A template with a form for calls but no place for tools is given them as text, at the end of the system turn
        or in one that is put before the others, since it can only be meant that the caller says which there are.
        """
        if not tools or self.shows_tools or not self.shows_calls:
            return self.prepared(messages), list(tools)
        text = "\n".join([_OFFER, *(json.dumps(tool, ensure_ascii=False) for tool in tools)])
        first = messages[0] if messages and messages[0]["role"] in ("system", "developer") else None
        if first is None:
            return self.prepared([{"role": "system", "content": text}, *messages]), []
        said = f"{first['content']}\n\n{text}" if first.get("content") else text
        return self.prepared([{**first, "content": said}, *messages[1:]]), []

    def _prepared(self, message: Mapping[str, Any]) -> dict[str, Any]:
        copy = {key: value for key, value in message.items() if key != "weight"}
        if copy["role"] == "developer" and not self.developer:
            copy["role"] = "system"
        if copy.get("content") is None:
            copy["content"] = ""
        thoughts = next((message[key] for key in _REASONING if message.get(key) is not None), None)
        if thoughts is None and self.splits and copy["role"] == "assistant" and isinstance(copy["content"], str):
            thoughts, copy["content"] = _split(copy["content"])
        if thoughts is not None:
            copy = {"thinking": thoughts, **copy, "reasoning_content": thoughts}
        if self.as_parts and isinstance(copy["content"], str):
            copy["content"] = [{"type": "text", "text": copy["content"]}]
        if message.get("tool_calls"):
            if not self.shows_calls and self.refusal:
                raise DataError(f"the chat template of {self.name} refuses every tool call: {self.refusal}")
            if not self.shows_calls:
                raise DataError(f"the chat template of {self.name} leaves tool calls out; use a model that knows tools")
            copy["tool_calls"] = [self._prepared_call(call) for call in message["tool_calls"]]
        return copy

    def _prepared_call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        function = dict(call.get("function") or call)
        arguments = function.get("arguments", {})
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError as error:
                raise DataError(f"the arguments of a call of {function.get('name')} are not JSON: {error}") from error
        function["arguments"] = json.dumps(arguments, ensure_ascii=False) if self.as_json else arguments
        return {"type": "function", **call, "function": function} if "function" in call else {**call, **function}


def find_wants(name: str, render: _Render, source: str, tokens: Collection[str] = ()) -> Wants:
    """Probe a template by its `render`, which raises DataError where the template refuses.

    `source` is its text, `tokens` are the control tokens of the model.
    """

    def shown(messages: Sequence[Mapping[str, Any]], text: str) -> bool:
        try:
            return text in render(messages, ())
        except DataError:
            return False

    user: dict[str, Any] = {"role": "user", "content": _TEXT}
    part = {"role": "user", "content": [{"type": "text", "text": _TEXT}]}
    as_parts = not shown([user], _TEXT) and shown([part], _TEXT)
    user = part if as_parts else user
    developer = {"role": "developer", "content": [{"type": "text", "text": _THOUGHT}] if as_parts else _THOUGHT}
    knows = "developer" in source and shown([developer, user], _THOUGHT)
    wants = _with_calls(Wants(name, as_parts, developer=knows), render, user)
    thinking: dict[str, Any] = {"role": "assistant", "content": _TEXT, "reasoning_content": _THOUGHT}
    calling = {**thinking, **_exchange(None)[0]} if wants.shows_calls else thinking
    try:
        shows_tools = _TOOL in render([user], _TOOLS)
    except DataError:
        shows_tools = True  # it says something of its own about them
    thoughts = any(shown([user, *wants.prepared([turn])], _THOUGHT) for turn in (thinking, calling))
    return replace(wants, shows_tools=shows_tools, thoughts=thoughts, splits=thoughts or "</think>" in tokens)


def _split(content: str) -> tuple[str | None, str]:
    """Split a reply into the thoughts it begins with and the rest, as Qwen3's template tells them apart."""
    inline = _INLINE.fullmatch(content)
    return (inline["thoughts"].strip("\n"), inline["said"].lstrip("\n")) if inline else (None, content)


def _with_calls(wants: Wants, render: _Render, user: Mapping[str, Any]) -> Wants:
    """Return `wants` with the first form of arguments and ids in which calls are shown, and their results taken."""
    refusals: list[str] = []
    partly: Wants | None = None
    for as_json in (False, True):
        for ids in (IdForm.ANY, IdForm.NINE, IdForm.FUNCTION):
            found = replace(wants, as_json=as_json, ids=ids, shows_calls=True)
            if not all(_shows_call(found, render, user, identity, refusals) for identity in (None, _LONG_ID)):
                continue
            if all(_takes_result(found, render, user, identity) for identity in (None, _LONG_ID)):
                return replace(found, ids=_numbered(found, render, user))
            partly = partly or found
    return partly or replace(wants, refusal=refusals[0] if refusals else "")


def _numbered(wants: Wants, render: _Render, user: Mapping[str, Any]) -> IdForm:
    """Find the form of ids that the template itself writes, where it makes them of names and numbers."""
    exchanges = [*_exchange(None), *_exchange(None)]
    try:
        text = render([user, *wants.prepared(exchanges)], _TOOLS)
    except DataError:
        return wants.ids
    if f"functions.{_TOOL}:0" not in text:
        return wants.ids
    return IdForm.FUNCTION if f"functions.{_TOOL}:1" in text else IdForm.FUNCTION_IN_TURN


def _shows_call(
    wants: Wants, render: _Render, user: Mapping[str, Any], identity: str | None, refusals: list[str]
) -> bool:
    """Tell whether a call that has this id in its row is shown; a template's words against it go into `refusals`."""
    call, _ = wants.prepared(_exchange(identity))
    silent = {key: value for key, value in call.items() if key != "tool_calls"}
    try:
        text = render([user, call], _TOOLS)
    except DataError as error:
        refusals.append(str(error).split(": ", 1)[-1])
        return False
    try:
        plain = render([user, silent], _TOOLS)
    except DataError:
        plain = ""
    # A dict that Python printed is no JSON.
    return "{'key'" not in text and text.count(_TOOL) > plain.count(_TOOL)


def _takes_result(wants: Wants, render: _Render, user: Mapping[str, Any], identity: str | None) -> bool:
    try:
        render([user, *wants.prepared(_exchange(identity))], _TOOLS)
    except DataError:
        return False
    return True


def _exchange(identity: str | None) -> list[dict[str, Any]]:
    """Make a call and its result, with that id if there is one."""
    call: dict[str, Any] = {"type": "function", "function": {"name": _TOOL, "arguments": {"key": "value"}}}
    result: dict[str, Any] = {"role": "tool", "content": _TEXT}
    if identity is not None:
        call["id"] = result["tool_call_id"] = identity
    return [{"role": "assistant", "content": "", "tool_calls": [call]}, result]
