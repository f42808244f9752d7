"""Asks a model prompts in batches: chat, fill-in-the-middle, and conversations with the tools of a workspace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.evaluate.scoring.workspace import TOOLS, TURNS, PromptWorkspace
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.rendering.calls import CallReader
from vibecoder.rendering.infill import infill_prompt
from vibecoder.rendering.tool_calls import hermes_calls
from vibecoder.types import Backend, Prompt

__all__ = ["Asker", "Reply", "chunks"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said: the `text`, for a workspace its final `state` as JSON; `refused` says why nothing was asked.

    `tokens` counts those generated, over all turns; `stopped` is whether the model ended (the last turn) by itself.
    """

    text: str
    tokens: int
    stopped: bool
    state: str = ""
    refused: str = ""


@dataclass
class _Talk:
    """One conversation under way."""

    prompt: Prompt
    workspace: PromptWorkspace
    messages: list[dict[str, Any]]
    said: list[str]
    tokens: int = 0
    turns: int = 0
    calls: int = 0
    stopped: bool = True
    refused: str = ""
    is_over: bool = False


def chunks(prompts: Sequence[Prompt], size: int) -> list[list[Prompt]]:
    """Split the prompts, in order, into chunks of at most `size` neighbours that are asked the same way."""
    found: list[list[Prompt]] = []
    for prompt in prompts:
        if found and len(found[-1]) < size and _way(found[-1][0]) == _way(prompt):
            found[-1].append(prompt)
        else:
            found.append([prompt])
    return found


def _way(prompt: Prompt) -> tuple[object, ...]:
    return prompt.suite, prompt.max_new_tokens, prompt.scorer == "workspace", bool(prompt.messages)


@dataclass(frozen=True, slots=True)
class Asker:
    """A model ready to be asked, greedily; prompts of more than `longest` tokens with their reply are refused."""

    backend: Backend
    tokenizer: ChatTokenizer
    adapter: Path | None = None
    longest: int = 1 << 30

    def ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Ask the prompts of one chunk and return their replies in order."""
        if prompts[0].scorer == "workspace":
            return self._converse(prompts)
        asked = [self._ids(prompt) for prompt in prompts]
        return self._generate(asked, prompts[0].max_new_tokens)

    def _generate(self, asked: Sequence[tuple[list[int], int | None] | str], most: int) -> list[Reply]:
        """Generate one reply to each prompt's ids; a prompt given as a reason gets an empty reply, refused for it."""
        good = [each for each in asked if not isinstance(each, str)]
        ends = [each[1] for each in good if each[1] is not None]
        stop = tuple(dict.fromkeys((*self.tokenizer.stop_ids, *ends)))
        outputs = iter(self.backend.generate([each[0] for each in good], self.adapter, most, stop) if good else [])
        replies = []
        for each in asked:
            if isinstance(each, str):
                replies.append(Reply("", 0, True, refused=each))
            else:
                ids = next(outputs)
                replies.append(Reply(self.tokenizer.decode(ids), len(ids), len(ids) < most))
        return replies

    def _ids(self, prompt: Prompt) -> tuple[list[int], int | None] | str:
        """Encode a prompt as ids and, for infilling, the token that ends a span; or return why it cannot be asked."""
        try:
            if prompt.messages:
                return self._fitting(prompt_ids(prompt.messages, prompt.tools, self.tokenizer), prompt), None
            ids, end = infill_prompt(prompt.prefix, prompt.suffix, self.tokenizer)
            return self._fitting(ids, prompt), end
        except DataError as error:
            return str(error)

    def _fitting(self, ids: list[int], prompt: Prompt) -> list[int]:
        if len(ids) + prompt.max_new_tokens > self.longest:
            raise DataError(f"the prompt has {len(ids)} tokens, too many for a model of {self.longest}")
        return ids

    def _converse(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Run every conversation a turn at a time, all together, until each has ended, and return their replies."""
        talks = [
            _Talk(
                prompt, PromptWorkspace(prompt.reference["files"]), [dict(message) for message in prompt.messages], []
            )
            for prompt in prompts
        ]
        for _ in range(TURNS):
            going = [talk for talk in talks if not talk.is_over]
            if not going:
                break
            replies = self._generate([self._next(talk) for talk in going], prompts[0].max_new_tokens)
            for talk, reply in zip(going, replies, strict=True):
                _advance(talk, reply, self.tokenizer.calls)
        return [
            Reply(
                "\n\n".join(talk.said),
                talk.tokens,
                talk.stopped,
                json.dumps({"files": talk.workspace.files, "turns": talk.turns, "calls": talk.calls}),
                talk.refused,
            )
            for talk in talks
        ]

    def _next(self, talk: _Talk) -> tuple[list[int], int | None] | str:
        try:
            return self._fitting(prompt_ids(talk.messages, TOOLS, self.tokenizer), talk.prompt), None
        except DataError as error:
            return str(error)


def _advance(talk: _Talk, reply: Reply, reader: CallReader) -> None:
    """Take a reply into the conversation: run its calls, or end where it makes none."""
    if reply.refused:  # the conversation outgrew the model; what was done until then counts
        talk.is_over, talk.stopped = True, False
        talk.refused = "" if talk.turns else reply.refused
        return
    talk.turns += 1
    talk.tokens += reply.tokens
    talk.stopped = reply.stopped
    talk.said.append(reply.text)
    calls = reader.read(reply.text, TOOLS)
    if not calls and reader.is_hermes:  # as servers read it, which forgive a last call without its end
        calls = hermes_calls(reader.spoken(reply.text))
    if not calls:
        talk.is_over = True
        return
    made = [{"type": "function", "function": call} for call in calls]
    said = reader.text_beside(reply.text)
    talk.messages.append({"role": "assistant", "content": said, "tool_calls": made})
    for call in calls:
        talk.calls += 1
        result = talk.workspace.call(call["name"], call["arguments"])
        talk.said.append(f"[{call['name']}] {result}")
        talk.messages.append({"role": "tool", "name": call["name"], "content": result})
