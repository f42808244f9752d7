"""Checks that a rendering holds everything its row says: texts, calls, arguments, results and offered tools.

Chat templates leave things out without a word: turns of roles they do not know, the second of two calls, the text
beside a call, tools that they have no place for. The row is rendered once more with a mark on either side of every
text; a text whose marks do not appear is not shown. Marks survive trimming, reordering and JSON's escapes, so nothing
is compared as text but numbers, constants and keys, and what a template computes with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering.call_ids import IdForm
from vibecoder.rendering.marks import without_marks
from vibecoder.rendering.template import ChatTemplate
from vibecoder.rendering.wants import Wants

__all__ = ["check_said"]

_THOUGHTS = ("reasoning_content", "thinking", "reasoning")
_END = "</think>"


@dataclass(slots=True)
class _Part:
    """Something a row says: `what` it is in a message, its marks and text, and plain `literals` that belong beside it.

    `needed` is false for what a template may leave out, as earlier thoughts; `number` is its place among all parts.
    """

    what: str
    marks: list[tuple[str, str, str]] = field(default_factory=list)
    literals: list[Any] = field(default_factory=list)
    needed: bool = True
    number: int = 0


def check_said(
    template: ChatTemplate,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]],
    text: str,
    take: Callable[[], str],
    prompt: bool = False,
) -> None:
    """Check `text`, the rendering of prepared `messages` and `tools`; `take` gives unused mark characters.

    Raises:
        DataError: something is left out; the message says what kind of thing, so that rows can be counted by it.
    """
    marking = _Marking(take)
    marked_tools = [marking.tool(tool) for tool in tools]
    asked = max((at for at, message in enumerate(messages) if message["role"] == "user"), default=-1)
    marked = [
        marking.message(message, thinks=at > asked or not template.wants.thoughts, wants=template.wants)
        for at, message in enumerate(messages)
    ]
    shown, places = without_marks(template.attempt(marked, marked_tools, prompt) or "", marking.owners)
    by_marks = shown == text
    parts = marking.parts
    missing = _by_marks(parts, marking.owners, places, text) if by_marks else _by_text(parts, text)
    if missing is not None:
        raise DataError(f"the chat template of {template.wants.name} leaves out {missing.what}")


def _by_marks(parts: Sequence[_Part], owners: Mapping[str, int], places: Mapping[str, int], text: str) -> _Part | None:
    """Find the first part whose marks are not all there, or whose literals are not between its neighbours' marks."""
    starts: list[tuple[int, int]] = [(place, owners[mark]) for mark, place in places.items()]
    for number, part in enumerate(parts):
        if not part.needed:
            continue
        if any(before not in places or after not in places for before, after, _ in part.marks):
            return part
        if part.literals:
            region = text
            if part.marks:
                own = [at for at, (_, owner) in enumerate(starts) if owner == number]
                first, last = own[0], own[-1]
                region = text[starts[first - 1][0] if first else 0 : _following(starts, last, len(text))]
            if not all(any(form in region for form in _forms(literal)) for literal in part.literals):
                return part
    return None


def _following(starts: Sequence[tuple[int, int]], at: int, end: int) -> int:
    return starts[at + 1][0] if at + 1 < len(starts) else end


def _by_text(parts: Sequence[_Part], text: str) -> _Part | None:
    """Find the first part that is not in the text as it is or escaped: the template computes with what is said."""
    for part in parts:
        if not part.needed:
            continue
        said = [core for _, _, core in part.marks]
        if not all(any(form in text for form in _forms(each)) for each in [*said, *part.literals]):
            return part
    return None


def _forms(value: Any) -> Iterator[str]:
    """List how templates write a value: as it is, as JSON, as Python, escaped for HTML."""
    if isinstance(value, str):
        yield value
        yield json.dumps(value, ensure_ascii=False)[1:-1]
        yield repr(value)[1:-1]
        yield (
            value.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace('"', "&#34;")
            .replace("'", "&#39;")
        )
    else:
        yield json.dumps(value)
        yield str(value)


class _Marking:
    """Copies of messages and tools with marks, and what the marks stand around."""

    def __init__(self, take: Callable[[], str]) -> None:
        self.parts: list[_Part] = []
        self.owners: dict[str, int] = {}
        self._take = take

    def tool(self, tool: Mapping[str, Any]) -> dict[str, Any]:
        part = self._part("an offered tool")
        function = dict(tool.get("function") or tool)
        for key in ("name", "description"):
            if isinstance(function.get(key), str):
                function[key] = self._around(function[key], part)
        parameters = function.get("parameters")
        properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
        if isinstance(properties, Mapping):
            part.literals += properties
        return {**tool, "function": function} if "function" in tool else function

    def message(self, message: Mapping[str, Any], *, thinks: bool, wants: Wants) -> dict[str, Any]:
        copy = dict(message)
        role, calls = copy["role"], copy.get("tool_calls") or ()
        part = self._part(_NAMES.get(role, f"a turn of the role {role}") if not calls else "the text beside a call")
        content = copy.get("content")
        if isinstance(content, str):
            copy["content"] = self._said(content, part, role, thinks)
        elif isinstance(content, list):
            copy["content"] = [
                {**each, "text": self._said(each["text"], part, role, thinks)} if "text" in each else each
                for each in content
            ]
        thoughts = next((copy[key] for key in _THOUGHTS if isinstance(copy.get(key), str)), "")
        if thoughts and role == "assistant":
            marked = self._around(thoughts, self._part("the assistant's thoughts", needed=thinks))
            copy |= {key: marked for key in _THOUGHTS if copy.get(key) == thoughts}
        if calls:
            copy["tool_calls"] = [self._call(call, wants, len(calls)) for call in calls]
        return copy

    def _call(self, call: Mapping[str, Any], wants: Wants, count: int) -> dict[str, Any]:
        function = dict(call.get("function") or call)
        several = "a call" if count == 1 else "one of several calls of a turn"
        name = function["name"]
        function["name"] = self._around(name, self._part(several))
        if wants.ids in (IdForm.FUNCTION, IdForm.FUNCTION_IN_TURN):  # a template may show the name as part of the id
            call = {**call, "id": call["id"].replace(f".{name}:", f".{function['name']}:")}
        part = self._part("an argument of a call")
        arguments = function.get("arguments")
        if wants.as_json and isinstance(arguments, str):
            function["arguments"] = json.dumps(self._argument(json.loads(arguments), part), ensure_ascii=False)
        else:
            function["arguments"] = self._argument(arguments, part)
        return {**call, "function": function} if "function" in call else function

    def _argument(self, value: Any, part: _Part) -> Any:
        if isinstance(value, dict):
            part.literals += value
            return {key: self._argument(item, part) for key, item in value.items()}
        if isinstance(value, list):
            return [self._argument(item, part) for item in value]
        if isinstance(value, str):
            return self._around(value, part)
        part.literals.append(value)
        return value

    def _said(self, text: str, part: _Part, role: str, thinks: bool) -> str:
        """Mark a text; what an assistant thinks before the last `</think>` is a part of its own."""
        thought, end, rest = text.rpartition(_END) if role == "assistant" else ("", "", text)
        if thought.replace("<think>", "").strip():
            inner = self._part("the assistant's thoughts", needed=thinks)
            opened, tag, bare = thought.rpartition("<think>")
            thought = f"{self._around(opened, inner)}{tag}{self._around(bare, inner)}"
        return f"{thought}{end}{self._around(rest, part)}"

    def _around(self, text: str, part: _Part) -> str:
        core = text.strip()
        if not core:
            return text
        before, after = self._take(), self._take()
        self.owners[before] = self.owners[after] = part.number
        part.marks.append((before, after, core))
        # Inside the surrounding spaces, so that a template which trims them still does.
        at = text.index(core)
        return f"{text[:at]}{before}{core}{after}{text[at + len(core) :]}"

    def _part(self, what: str, needed: bool = True) -> _Part:
        self.parts.append(_Part(what, needed=needed, number=len(self.parts)))
        return self.parts[-1]


_NAMES = {
    "system": "a system turn", "developer": "a developer turn", "user": "a user's turn", "assistant": "a reply",
    "tool": "a tool's result",
}  # fmt: skip
