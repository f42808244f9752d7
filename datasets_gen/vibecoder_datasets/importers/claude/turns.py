"""Turn the lines of one conversation into turns: what was said, called, attached, queued, and where it broke off.

A reply answers the turn before it. Where something that is no prompt of the person's comes between, such as a message
of another program, or a picture that cannot be kept, the turns have a `cut`, and no reply goes across it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vibecoder_datasets.importers.claude.attachments import read_attachment
from vibecoder_datasets.importers.claude.blocks import (
    Result,
    blocks_of,
    queued_in,
    text_of,
    without_reminders,
)
from vibecoder_datasets.importers.claude.envelopes import Typed, opened

__all__ = ["Call", "Turn", "Turns", "read_turns"]

_INTERRUPTED = "[Request interrupted by user"
_THOUGHTS = ("thinking", "redacted_thinking")
_SKILLS = ("Skill", "SlashCommand")
NO_TEXT = "a prompt with a part that is no text"


@dataclass(frozen=True, slots=True)
class Call:
    """Describes a tool call as it was made."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(slots=True)
class Turn:
    """Holds what the user or the assistant said, or a `cut`; `interrupted` by the user before it was finished.

    `attached` are texts that came with a prompt, `is_queued` marks one that was typed while the assistant worked.
    `broken` says why a reply cannot be kept.
    """

    role: str
    text: str
    calls: list[Call] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    interrupted: bool = False
    is_queued: bool = False
    is_command: bool = False
    broken: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Turns:
    """Collects the turns of a conversation, the results of its calls, and the name of the model."""

    turns: list[Turn]
    results: Mapping[str, Result]
    model: str


def read_turns(
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    results: Mapping[str, Result],
    unseen: Sequence[int],
    skipped: Counter[str],
) -> Turns:
    """Read numbered lines of one conversation, in its order.

    `unseen` are the numbers of prompts in the queue that no line says: nobody knows when the assistant saw them.
    `skipped` learns what is left out, by reason.
    """
    reader = _Reader(dict(results), skipped)
    waiting = [at for at in unseen if rows and rows[0][0] < at < rows[-1][0]]
    for at, row in rows:
        while waiting and waiting[0] < at:
            waiting.pop(0)
            reader.cut("a queued prompt whose place is not known")
        if row.get("type") == "assistant":
            reader.assistant(row)
        elif row.get("type") == "attachment":
            reader.attachment(row["attachment"])
        else:
            reader.user(row)
    return Turns(reader.turns, reader.results, reader.model)


class _Reader:
    """Collects turns line by line."""

    def __init__(self, results: dict[str, Result], skipped: Counter[str]) -> None:
        self.turns: list[Turn] = []
        self.results = results
        self.model = ""
        self._skipped = skipped

    def assistant(self, row: Mapping[str, Any]) -> None:
        """Add a line of a reply to the turn of its message."""
        message = row["message"]
        model = text_of(message.get("model"))
        if row.get("isApiErrorMessage") or model == "<synthetic>":
            self._skipped["a reply that is synthetic or an error"] += 1
            return
        self.model = self.model or model
        identity = text_of(message.get("id"))
        turn = self._last("assistant")
        if turn is None or not identity or turn.message != identity:
            turn = Turn("assistant", "", message=identity)
            self.turns.append(turn)
        for block in blocks_of(message):
            if block.get("type") == "text":
                said = without_reminders(text_of(block.get("text"))).strip()
                turn.text = "\n\n".join(filter(None, (turn.text, said)))
            elif block.get("type") == "tool_use":
                _call(block, turn)
            elif block.get("type") not in _THOUGHTS:
                turn.broken = "a reply with a part that is no text"

    def attachment(self, given: Mapping[str, Any]) -> None:
        """Read what came with a prompt, or a prompt that waited."""
        found = read_attachment(given)
        prompt = self._last("user")
        if found.queued:
            self._say(found.queued, is_queued=self._is_at_work())
        elif found.lost:
            self._lose(NO_TEXT)
        elif found.is_event or (found.text and prompt is None and self._is_at_work()):
            self.cut()
        elif found.text and prompt is not None:
            prompt.attached.append(found.text)

    def user(self, row: Mapping[str, Any]) -> None:
        """Read a line of the user's side: a prompt, results, or what only the model sees."""
        blocks = blocks_of(row["message"])
        for queued in queued_in(blocks):
            self._say([{"type": "text", "text": queued}], is_queued=self._is_at_work())
        blocks = [block for block in blocks if block.get("type") != "tool_result"]
        if row.get("isCompactSummary"):
            self.cut()
        elif row.get("isMeta"):
            self._hidden(row, blocks)
        elif not row.get("isVisibleInTranscriptOnly"):
            self._say(blocks)

    def cut(self, reason: str = "") -> None:
        """Note that no later reply answers an earlier prompt; `reason` is counted."""
        if reason:
            self._skipped[reason] += 1
        if self.turns and self.turns[-1].role != "cut":
            self.turns.append(Turn("cut", ""))

    def _say(self, blocks: Sequence[Any], is_queued: bool = False) -> None:
        """Note what the person typed, block by block."""
        said = Turn("user", "", is_queued=is_queued)
        is_lost = is_event = False
        for block in blocks:
            if not isinstance(block, Mapping) or block.get("type") != "text":
                is_lost = True
                continue
            text = text_of(block.get("text"))
            if text.startswith(_INTERRUPTED):
                self._interrupt()
                continue
            typed = opened(text)
            is_event = is_event or typed.is_event
            _add(said, typed)
        prompt = self._last("user")
        if is_lost:
            self._lose(NO_TEXT)
        elif said.text:
            self._append(said)
        elif said.attached and prompt is not None:
            prompt.attached += said.attached
        elif is_event:
            self.cut()
        elif blocks and not self._is_at_work() and not self._is_interrupted():
            self._cut_after_reply()

    def _append(self, said: Turn) -> None:
        last = self._last("user")
        if last is None:
            self.turns.append(said)
        elif last.is_command and not said.is_queued:  # one of the program's own, which nothing answers
            self.turns[-1] = said
        else:
            last.text = f"{last.text}\n\n{said.text}"
            last.attached += said.attached
            last.is_command = False

    def _hidden(self, row: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> None:
        """Read what the person does not see: the text of a command or of a skill, a file, or a hint to the model."""
        if any(block.get("type") != "text" for block in blocks):
            self._lose(NO_TEXT)
            return
        typed = [opened(text_of(block.get("text"))) for block in blocks]
        text = "\n\n".join(one.text for one in typed if one.text)
        prompt, skill = self._last("user"), self._skill(row)
        if prompt is not None:
            prompt.attached += [found for one in typed for found in one.attached]
            if text and prompt.is_command:
                prompt.text, prompt.is_command = _spelt_out(prompt.text, text), False
        elif text and skill:
            known = self.results[skill]
            self.results[skill] = replace(known, text=f"{known.text}\n\n{text}".strip())
        elif any(one.is_event for one in typed):
            self.cut()
        elif text and not self._is_at_work():
            self._cut_after_reply()

    def _skill(self, row: Mapping[str, Any]) -> str:
        """Return the id of the call that a hidden turn belongs to: the named one, or the last if that loads a skill."""
        named = row.get("sourceToolUseID")
        if isinstance(named, str) and named in self.results:
            return named
        reply = self._last("assistant")
        last = reply.calls[-1] if reply is not None and reply.calls else None
        return last.id if last is not None and last.name in _SKILLS and last.id in self.results else ""

    def _interrupt(self) -> None:
        reply = self._last("assistant")
        if reply is not None:
            reply.interrupted = True
        self._skipped["a turn that was interrupted"] += 1

    def _last(self, role: str) -> Turn | None:
        """Return the last turn if it is of a role."""
        return self.turns[-1] if self.turns and self.turns[-1].role == role else None

    def _is_at_work(self) -> bool:
        """Tell whether the assistant has called a tool and not said its last word, across a cut too."""
        last = next((turn for turn in reversed(self.turns) if turn.role != "cut"), None)
        return last is not None and last.role == "assistant" and bool(last.calls) and not last.interrupted

    def _is_interrupted(self) -> bool:
        reply = self._last("assistant")
        return reply is not None and reply.interrupted

    def _cut_after_reply(self) -> None:
        if self._last("assistant"):
            self.cut()

    def _lose(self, reason: str) -> None:
        """Cut where a part of a prompt cannot be kept; the prompt it belongs to cannot be answered either."""
        while self._last("user"):
            self.turns.pop()
        self.cut(reason)


def _call(block: Mapping[str, Any], turn: Turn) -> None:
    name, given, identity = block.get("name"), block.get("input"), text_of(block.get("id"))
    if not isinstance(name, str) or not isinstance(given, Mapping):
        turn.broken = "a call that is damaged"
    elif not identity or identity not in {call.id for call in turn.calls}:
        turn.calls.append(Call(identity, name, given))


def _add(said: Turn, typed: Typed) -> None:
    """Add what was typed in one block to a turn."""
    said.attached += typed.attached
    if typed.command and not typed.text:
        said.is_command = not said.text
        said.text = "\n\n".join(filter(None, (said.text, typed.command)))
    elif typed.text:
        text = _spelt_out(typed.command, typed.text) if typed.command else typed.text
        joined = "\n\n".join(filter(None, (said.text, text)))
        said.text, said.is_command = _spelt_out(said.text, text) if said.is_command else joined, False


def _spelt_out(command: str, text: str) -> str:
    """Return the text that a command stands for, after the command itself where that says more."""
    return text if command.partition(" ")[2] in text else f"{command}\n\n{text}"
