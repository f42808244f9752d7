"""Makes the rows of `from-claude`: sessions of Claude Code as conversations, and their edits as thumbs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.dataset.components import SHOWS, text_keys
from vibecoder.types import Example, Imported, ImportJob, Message, Rated, Record
from vibecoder_datasets.importers.claude.edits import Edit, reverted
from vibecoder_datasets.importers.claude.exchanges import Exchange, exchanges, size_of
from vibecoder_datasets.importers.claude.log import Log, read_log
from vibecoder_datasets.importers.claude.paths import Paths
from vibecoder_datasets.importers.claude.sessions import Sessions
from vibecoder_datasets.importers.claude.tools import offered

__all__ = ["SYSTEM", "rows", "sessions"]

SYSTEM = "You are a coding assistant at work in the user's repository. Look before you answer, and use the tools."
KEPT = 256 << 20
"""Bytes of logs that are read only once; more of them would not fit into a small machine's memory."""
_REPEATED = "an exchange that another session repeats"
_KNOWN = "read by an earlier import"


def sessions(folder: Path) -> list[Path]:
    """Return the session files below a folder, subagents' too, by path."""
    return sorted(path for path in folder.rglob("*.jsonl") if path.is_file())


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` a session's file.

    All files are read before the first, to know which repeat each other; what is read of `KEPT` bytes of them is kept
    until its turn, the others are read again.
    """
    longest, result_size = int(job.options["max_chars"]), int(job.options["max_result"])
    known = Sessions()
    files = sessions(job.source)
    kept: dict[Path, _Read] = {}
    room = KEPT
    for path in files:
        try:
            read = _read(path, result_size)
            room -= path.stat().st_size
        except OSError:
            continue
        found = [one for conversation in read.conversations for one in conversation.exchanges]
        known.learn(path, read.log.session, _name(read.log), read.log.began, found)
        if room >= 0:
            kept[path] = read
    for path in files:
        try:
            session = kept.pop(path, None) or _read(path, result_size)
        except OSError:
            yield Imported(skipped={"a file that cannot be read": 1})
        else:
            yield _Session(job, known, path, session, longest, result_size).imported()


@dataclass(frozen=True, slots=True)
class _Conversation:
    """Holds a thread of a log as exchanges, and the `steps` by which its edits are judged."""

    exchanges: list[Exchange]
    steps: list[Edit]
    is_subagent: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """Holds what rows need of a session's file."""

    log: Log
    conversations: list[_Conversation]


def _read(path: Path, result_size: int) -> _Read:
    log = read_log(path)
    conversations = []
    for thread in log.threads:
        steps: list[Edit] = []
        found = exchanges(log, thread, _paths(log), result_size, steps)
        conversations.append(_Conversation(found, steps, thread.is_subagent))
    log.threads.clear()  # their results are whole, and large
    return _Read(log, conversations)


def _project(log: Log) -> str:
    return os.path.basename(log.cwd.rstrip("/\\")) or "session"


def _name(log: Log) -> str:
    """Return the name of a session's group, where it is alone."""
    return f"claude:{_project(log)}:{log.session}"


def _paths(log: Log) -> Paths:
    return Paths(log.cwd, sorted(log.folders))


@dataclass(slots=True)
class _Thumb:
    """Describes an edit of an exchange: where its message stands, and what became of it."""

    at: int
    call: Message
    label: bool
    fate: str


class _Session:
    """Makes the rows of one session's file."""

    def __init__(
        self, job: ImportJob, known: Sessions, path: Path, read: _Read, longest: int, result_size: int
    ) -> None:
        self._job, self._known, self._path = job, known, path
        self._longest, self._result_size = longest, result_size
        self._log, self._conversations = read.log, read.conversations
        self._records: list[Record] = []
        self._parts: dict[str, list[int]] = {}
        self._is_agent = "subagents" in path.parts or path.stem.startswith("agent-")
        self._earlier: Counter[str] = Counter()

    def imported(self) -> Imported:
        """Return all rows of the file; each exchange is a part that a later import knows."""
        for conversation in self._conversations:
            self._converse(conversation)
        skipped = self._log.skipped
        if not self._records and self._earlier[_KNOWN]:
            return Imported(skipped={_KNOWN: 1})
        if self._earlier[_REPEATED]:
            skipped[_REPEATED] += self._earlier[_REPEATED]
        if not self._records and not self._earlier.total():
            skipped["a file without a conversation"] += 1
        return Imported(self._records, dict(skipped), notes=self._log.notes, parts=self._parts)

    def _converse(self, conversation: _Conversation) -> None:
        found = conversation.exchanges
        kind = "subagent" if self._is_agent or conversation.is_subagent else "session"
        mine = [one for one in found if one.gives_rows and self._is_owner(one)]
        new = {id(one) for one in mine if not self._is_known(one)}
        answered = [(one, id(one) in new) for one in found if one.is_answered]
        for part in _parts(answered, self._longest):
            messages = [{"role": "system", "content": SYSTEM}, *(turn for one in part for turn in one.messages)]
            while messages[-1]["role"] != "assistant":  # nothing answers it
                messages.pop()
            for one in part:
                self._note(one)
            labels = self._labels(part)
            self._records.append(
                Example(messages=messages, tools=offered(_called(messages)), subcategory=kind, **labels)
            )
        if new:
            undone = reverted(conversation.steps)
            for one in mine:
                self._rate(one, undone)

    def _is_owner(self, exchange: Exchange) -> bool:
        is_mine = self._known.is_owner(self._path, exchange)
        self._earlier[_REPEATED] += not is_mine
        return is_mine

    def _is_known(self, exchange: Exchange) -> bool:
        is_known = self._job.done(self._unit(exchange))
        self._earlier[_KNOWN] += is_known
        return is_known

    def _note(self, exchange: Exchange) -> None:
        """Note that the next record belongs to this exchange."""
        self._parts.setdefault(self._unit(exchange), []).append(len(self._records))

    def _unit(self, exchange: Exchange) -> str:
        return f"exchange {exchange.key} {self._longest} {self._result_size}"

    def _rate(self, exchange: Exchange, undone: set[int]) -> None:
        """Make a thumb of every edit, down where it did not last or the user rejected it."""
        thumbs = [_Thumb(at, call, step not in undone, "reverted" if step in undone else "kept")
                  for at, step, call in exchange.edits]  # fmt: skip
        thumbs += [_Thumb(at, call, False, "rejected") for at, call in exchange.rejected]
        for thumb in thumbs:
            before = [{"role": "system", "content": SYSTEM}, *exchange.messages[: thumb.at]]
            if sum(map(size_of, before)) > self._longest:
                self._log.skipped["an edit too far into its exchange"] += 1
                continue
            self._note(exchange)
            self._records.append(
                Rated(
                    messages=before, completion=[thumb.call], label=thumb.label,
                    tools=offered(_called([*before, thumb.call])), subcategory=f"edit-{thumb.fate}",
                    **self._labels([exchange]),
                )
            )  # fmt: skip

    def _labels(self, part: list[Exchange]) -> dict[str, Any]:
        group, names = self._known.group(self._path)
        said = [turn["content"] for one in part for turn in one.messages if turn["role"] in ("user", "assistant")]
        shows = [*(name for name in names if name != group), *text_keys(said)]
        provenance = {"importer": "claude", "project": _project(self._log), "model": self._log.model}
        return {
            "category": "tool-use", "group": group, "verification": "imported",
            "provenance": {**provenance, **({SHOWS: shows} if shows else {})},
        }  # fmt: skip


def _parts(found: list[tuple[Exchange, bool]], longest: int) -> Iterator[list[Exchange]]:
    """Cut new exchanges that follow each other into parts below the length; a longer one stands alone."""
    part: list[Exchange] = []
    for exchange, is_new in found:
        if part and (not is_new or sum(known.size for known in part) + exchange.size > longest):
            yield part
            part = []
        if is_new:
            part.append(exchange)
    if part:
        yield part


def _called(messages: list[Message]) -> list[tuple[str, Mapping[str, Any]]]:
    calls = [call["function"] for message in messages for call in message.get("tool_calls", ())]
    return [(call["name"], call["arguments"]) for call in calls]
