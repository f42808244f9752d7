"""The form in which a template writes a reply's calls: a core, and what stands before, between and behind calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vibecoder.rendering.calls.cores import ANY_NAME, Call, Core, ObjectCore, flexible
from vibecoder.rendering.rendering import shared_end

__all__ = ["HERMES_FORM", "CallForm"]

_NOTABLE = re.compile(r"[^\w\s\"'{}\[\](),:.`]")


@dataclass(frozen=True)
class CallForm:
    """`before` the first call, `between` two (None: one call a turn), `behind` the last, and the `core` of each.

    White space of the frame may differ. Where nothing stands before a call, calls are all of a reply.
    """

    core: Core
    before: str
    between: str | None
    behind: str

    @property
    def description(self) -> str:
        """The form in a few words, for the table of templates and for notices."""
        around = (
            f" in `{self.before.strip().replace(ANY_NAME, 'NAME')}`" if self.before.strip() else ", alone in the reply"
        )
        return f"{self.core.name}{around}".replace("\n", "⏎")

    def read(self, text: str, tools: Sequence[Mapping[str, Any]] = ()) -> list[Call] | None:
        """Read the calls of a reply without thoughts; None where one is begun and is not as the template writes it."""
        if not self.before.strip():
            return self._whole(text.strip(), tools)
        calls: list[Call] = []
        rest: list[str] = []
        at = 0
        opener = self._before if self._before.search(text) else self._before_each
        while found := opener.search(text, at):
            rest.append(text[at : found.start()])
            block = self._block(text, found.end(), tools)
            if block is None:
                return None
            calls += block[0]
            at = block[1]
        rest.append(text[at:])
        return None if any(mark in piece for piece in rest for mark in self._marks) else calls

    def _block(self, text: str, at: int, tools: Sequence[Mapping[str, Any]]) -> tuple[list[Call], int] | None:
        """Read the calls of one block and find its end."""
        calls: list[Call] = []
        while True:
            found = self.core.parse(text, at, tools)
            if found is None:
                return None
            calls.append(found[0])
            at = found[1]
            following = self._between.match(text, at) if self._between else None
            if following and self.core.parse(text, following.end(), tools) is not None:
                at = following.end()
                continue
            end = self._behind.match(text, at)
            return (calls, end.end()) if end else None

    def _whole(self, text: str, tools: Sequence[Mapping[str, Any]]) -> list[Call] | None:
        if self.core.parse(text, 0, tools) is None:
            return [] if not text.startswith("{") else None
        block = self._block(text, 0, tools)
        return block[0] if block and not text[block[1] :].strip() else None

    @cached_property
    def _before(self) -> re.Pattern[str]:
        return re.compile(flexible(self.before))

    @cached_property
    def _before_each(self) -> re.Pattern[str]:
        """What stands before every call: DeepSeek's template begins a block in the first calling turn alone."""
        each = shared_end(self.before, self.between or "")
        return re.compile(flexible(each)) if _NOTABLE.search(each) else self._before

    @cached_property
    def _between(self) -> re.Pattern[str] | None:
        return re.compile(flexible(self.between)) if self.between is not None else None

    @cached_property
    def _behind(self) -> re.Pattern[str]:
        return re.compile(flexible(self.behind))

    @cached_property
    def _marks(self) -> list[str]:
        """Pieces of the frame that no text beside a call has: one of them alone is a call that was not finished."""
        pieces = [*re.split(rf"[\s{ANY_NAME}]+", self.before), *self.behind.split()]
        return [piece for piece in dict.fromkeys(pieces) if _NOTABLE.search(piece) and len(piece) > 3]


HERMES_FORM = CallForm(
    ObjectCore(("name",), ("arguments",), frozenset(("name", "arguments")), False),
    "<tool_call>\n",
    "\n</tool_call>\n<tool_call>\n",
    "\n</tool_call>",
)
"""The form of Qwen2.5 and of many others, assumed where a template shows no calls."""
