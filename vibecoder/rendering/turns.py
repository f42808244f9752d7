"""Finds the assistant's turns in a rendered conversation: from the end of the header that prompts a reply, through the
token that ends it.

Where a template is prefix-preserving, a turn is what two shorter renderings differ by: the conversation before it with
the header of a reply, and the conversation through it. Where a template renders a turn differently once others follow
(Qwen3 drops the reasoning, GPT-OSS ends the last turn with another token, Mistral moves the tools), marks placed around
the texts of every message anchor the search, and what surrounds them is compared instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering.marks import Marked, Run, mark_messages
from vibecoder.rendering.rendering import Rendering, shared
from vibecoder.rendering.template import ChatTemplate

__all__ = ["TurnFinder"]

_USER, _REPLY = "Kestrel7", "Osprey3"


class TurnFinder:
    """Locates turns for one template; what the template does to any conversation is found out once, by probing it."""

    def __init__(self, template: ChatTemplate, control: re.Pattern[str], stops: Collection[str]) -> None:
        self._template = template
        self._control = control
        self._stops = frozenset(stops)
        self.header, self.trailer, self.closer = self._probe()

    def find(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Any],
        full: Rendering,
        take: Callable[[], str],
    ) -> list[tuple[int, int, int]]:
        """Find the spans of `full.text` that the assistant's messages fill, in order, each with its message's index.

        `take` gives unused mark characters.

        Raises:
            DataError: the template hides where a turn begins or ends.
        """
        body = full.text.removesuffix(self.trailer)
        marked: Marked | None = None
        found: list[tuple[int, int, int]] = []
        for index, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            start, end = self._by_prefix(messages, tools, index, body)
            if start is None or end is None:
                marked = marked or mark_messages(self._template, messages, tools, full.text, take)
                pieces = self._by_marks(marked, index, full, start, end)
            else:
                pieces = [(start, end)]
            for start, end in pieces:
                if end < start or (found and start < found[-1][2]):
                    raise DataError(
                        f"the chat template hides where message {index + 1}, the assistant's, begins or ends"
                    )
                if self.header and full.text.startswith(self.header, start, end):
                    start += len(self.header)  # Gemma's prompt after a tool's answer leaves the header out
                found.append((index, start, self._stopped(full, start, full.closed(start, end))))
        return found

    def _by_prefix(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any], index: int, body: str
    ) -> tuple[int | None, int | None]:
        before = self._template.attempt(messages[:index], tools, prompt=True)
        start = len(before) if before is not None and body.startswith(before) else None
        if index == len(messages) - 1:
            return start, len(body)
        through = self._template.attempt(messages[: index + 1], tools)
        if through is None:
            return start, None
        through = through.removesuffix(self.trailer)
        return start, len(through) if body.startswith(through) else None

    def _by_marks(
        self, marked: Marked, index: int, full: Rendering, start: int | None, end: int | None
    ) -> list[tuple[int, int]]:
        """Find the turn in pieces, one for each run of its texts that no other message's text interrupts."""
        runs = marked.runs(index)
        start = self._start(marked, index, full, runs[0].first if runs else len(full.text)) if start is None else start
        if start is None:
            raise DataError(f"the chat template hides where message {index + 1}, the assistant's, begins")
        if not runs:
            closer = full.text.find(self.closer, start) if self.closer else start
            return [(start, (closer + len(self.closer) if closer >= 0 else start) if end is None else end)]
        if end is not None and len(runs) == 1:
            return [(start, end)]
        pieces = []
        for run in runs:
            if run is not runs[0]:  # it resumes behind what closed the text of the other message
                start = max(full.token_before(run.first) or 0, run.after)
            pieces.append((start, self._end(marked, index, full, run)))
        return pieces

    def _start(self, marked: Marked, index: int, full: Rendering, limit: int) -> int | None:
        anchor = marked.before(index, limit)
        if anchor is not None:
            mark, position = anchor
            tail = marked.tail(index, prompt=True, mark=mark)
            if tail is not None:
                return full.whole(min(position + shared(full.text[position:], tail), limit))
        token = self._control.search(self.header)
        position = full.text.rfind(token[0], 0, limit) if token else -1
        if token is None or position < 0:
            return None
        return full.whole(min(position + shared(full.text[position:], self.header[token.start() :]), limit))

    def _end(self, marked: Marked, index: int, full: Rendering, run: Run) -> int:
        tail = (marked.tail(index + 1, prompt=False, mark=run.mark) or "").removesuffix(self.trailer)
        common = full.whole(run.last + shared(full.text[run.last :], tail)) - run.last
        token = full.token_from(run.last)
        if token is None or token[1] <= run.last + common or not self._control.match(tail[common:].lstrip()):
            return run.last + common
        # Both renderings end the turn here, each with a token of its own, unless another turn begins first.
        begun = token[1] > run.until or bool(self.header and full.text.startswith(self.header, token[0]))
        return run.last + common if begun else token[1]

    def _stopped(self, full: Rendering, start: int, end: int) -> int:
        """Return `end`, or behind the stop token that follows, where the turn has no end of its own (GLM)."""
        own = (self.closer, *self._stops) if self.closer else tuple(self._stops)
        token = full.token_from(end)
        if token is None or full.text[end : token[0]].strip() or full.text[start:end].endswith(own):
            return end
        return token[1] if full.text[slice(*token)] in self._stops else end

    def _probe(self) -> tuple[str, str, str]:
        """Find the header of a reply, what closes a conversation beside the turn's own end, and what ends a turn."""
        user, reply = self._template.prepared(
            [{"role": "user", "content": _USER}, {"role": "assistant", "content": _REPLY}]
        )
        bare, prompt = self._template.attempt([user]), self._template.attempt([user], prompt=True)
        header = ""
        if prompt is not None and bare is not None:
            header = prompt[Rendering.of(prompt, self._control).whole(shared(prompt, bare)) :]
        last, followed = self._template.attempt([user, reply]), self._template.attempt([user, reply, user])
        if last is None or followed is None or _REPLY not in last or _REPLY not in followed:
            return header, "", ""
        tail = Rendering.of(last.split(_REPLY, 1)[1], self._control)
        following = followed.split(_REPLY, 1)[1]
        common = tail.whole(shared(tail.text, following))
        if tail.ends and tail.ends[0] <= common:
            return header, tail.text[common:], tail.text[:common].rstrip()
        token = self._control.search(following) if tail.ends else None
        return header, "", token[0] if token else ""
