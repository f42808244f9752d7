"""Marks placed around the texts of messages, to find those messages again in a rendered conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering.template import ChatTemplate
from vibecoder.rendering.vocabulary.literals import STAND_IN

__all__ = ["Marked", "Run", "mark_messages", "without_marks"]

_TEXTS = ("content", "reasoning_content", "thinking", "reasoning")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one message's texts: its `first` and `last` marks' places, the last `mark` itself, and where the
    neighbouring texts of other messages end (`after`) and begin (`until`)."""

    first: int
    mark: str
    last: int
    after: int
    until: int


class Marked:
    """A conversation whose texts carry marks, one character each, and where those marks land in its rendering."""

    def __init__(
        self,
        template: ChatTemplate,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Any],
        owners: Mapping[str, int],
    ) -> None:
        self._template, self._messages, self._tools, self._owners = template, messages, tools, owners
        rendered = template.attempt(messages, tools)
        self.text, self._positions = without_marks(rendered or "", owners)

    def runs(self, index: int) -> list[Run]:
        """Find the texts of message `index`, in runs that no other message's text interrupts; maybe none."""
        runs: list[Run] = []
        after, inside = 0, False
        for mark, position in self._positions.items():
            if self._owners[mark] != index:
                if inside:
                    runs[-1] = replace(runs[-1], until=position)
                after, inside = position, False
            elif inside:
                runs[-1] = replace(runs[-1], mark=mark, last=position)
            else:
                runs.append(Run(position, mark, position, after, len(self.text)))
                inside = True
        return runs

    def before(self, index: int, limit: int) -> tuple[str, int] | None:
        """Find the last mark before `limit` of any message before `index`, and where it is."""
        return next(
            (
                (mark, at)
                for mark, at in reversed(self._positions.items())
                if at <= limit and self._owners[mark] < index
            ),
            None,
        )

    def tail(self, count: int, prompt: bool, mark: str) -> str | None:
        """Return what follows `mark` in the rendering of the first `count` messages, without marks."""
        rendered = self._template.attempt(self._messages[:count], self._tools, prompt)
        if rendered is None:
            return None
        text, positions = without_marks(rendered, self._owners)
        return text[positions[mark] :] if mark in positions else None


def without_marks(rendered: str, owners: Mapping[str, object]) -> tuple[str, dict[str, int]]:
    """Take marks out of a rendering; return it, and the first place of each mark in it, in their order."""
    positions: dict[str, int] = {}
    kept: list[str] = []
    length = done = 0
    for found in STAND_IN.finditer(rendered):
        mark = found[0]
        if mark not in owners:
            continue
        kept.append(rendered[done : found.start()])
        length += found.start() - done
        done = found.end()
        positions.setdefault(mark, length)
    return "".join([*kept, rendered[done:]]), positions


def mark_messages(
    template: ChatTemplate,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Any],
    text: str,
    take: Callable[[], str],
) -> Marked:
    """Mark as many texts as the template bears, which renders `text` without marks.

    Raises:
        DataError: the template computes with the texts themselves, so that no marks leave its output as it is.
    """
    for names in (True, False):
        for roles in ((), ("assistant", "tool"), ("assistant",)):
            owners: dict[str, int] = {}
            copies = [
                _marked(message, index, names, owners, take) if not roles or message["role"] in roles else message
                for index, message in enumerate(messages)
            ]
            marked = Marked(template, copies, tools, owners)
            if marked.text == text:
                return marked
    raise DataError("the chat template changes with the texts of the messages, so its turns cannot be told apart")


def _marked(
    message: Mapping[str, Any], index: int, names: bool, owners: dict[str, int], take: Callable[[], str]
) -> dict[str, Any]:
    def around(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: around(item) for key, item in value.items()}
        if isinstance(value, list):
            return [around(item) for item in value]
        if not isinstance(value, str) or not (core := value.strip()):
            return value
        before, after = take(), take()
        owners[before] = owners[after] = index
        # Inside the surrounding spaces, so that a template which trims them still does.
        at = value.index(core)
        return value[:at] + before + core + after + value[at + len(core) :]

    copy = dict(message)
    for key in _TEXTS:
        if isinstance(copy.get(key), str):
            copy[key] = around(copy[key])
        elif isinstance(copy.get(key), list):
            copy[key] = [{**part, "text": around(part["text"])} if "text" in part else part for part in copy[key]]
    if copy.get("tool_calls"):
        copy["tool_calls"] = [_marked_call(call, names, around) for call in copy["tool_calls"]]
    return copy


def _marked_call(call: Mapping[str, Any], names: bool, around: Callable[[Any], Any]) -> dict[str, Any]:
    function = dict(call.get("function") or call)
    function["arguments"] = around(function.get("arguments"))
    if names:
        function["name"] = around(function.get("name"))
    return {**call, "function": function} if "function" in call else function
