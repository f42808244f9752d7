"""Reads one session log of Claude Code: its threads as turns, its tool results by their call, and what was left out.

A log is JSON lines, one content block each: blocks of one `message.id` are one turn, `parentUuid` links them to a tree
whose last leaf is the conversation, and results name their call by `tool_use_id`. Types of lines that are not known
only link others. Sources: the logs themselves; the format has no specification.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Call", "Log", "Result", "Thread", "Turn", "read_log"]

_CONTINUED = "This session is being continued from a previous conversation"
_INTERRUPTED = "[Request interrupted by user"
_REJECTED = re.compile(
    r"The user doesn't want to (?:proceed with this tool use|take this action)|tool use was rejected"
)
_REMINDER = re.compile(r"\s*<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
_NOT_SAID = (
    "<command-", "<local-command-", "<bash-", "<user-prompt-submit-hook>", "<task-notification>", "Caveat: ",
    "<ide_", "<user-memory-input>", _CONTINUED,
)  # fmt: skip
_CUT = "a log whose last line is cut off; what stands before it is kept"


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as it was made."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gave; `rejected` by the user, who then did not let it happen."""

    text: str
    is_error: bool
    rejected: bool


@dataclass(slots=True)
class Turn:
    """What the user or the assistant said; `interrupted` by the user before it was finished."""

    role: str
    text: str
    calls: list[Call] = field(default_factory=list)
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation; that of a subagent where `is_subagent`."""

    turns: list[Turn]
    is_subagent: bool


@dataclass(slots=True)
class Log:
    """What a session's file holds; `cwd` is the working folder it began in, `skipped` counts by reason."""

    session: str
    cwd: str = ""
    model: str = ""
    threads: list[Thread] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    uuid: str
    parent: str
    row: Mapping[str, Any]
    at: int
    root: str = ""

    @property
    def message(self) -> Mapping[str, Any]:
        found = self.row.get("message")
        return found if isinstance(found, Mapping) else {}

    @property
    def message_id(self) -> str:
        return _text_of(self.message.get("id"))

    @property
    def is_said(self) -> bool:
        return self.row.get("type") in ("user", "assistant") and bool(self.message)


def read_log(path: Path) -> Log:
    """Read a session's file.

    Raises:
        OSError: it cannot be read.
    """
    log = Log(path.stem)
    entries: dict[str, _Entry] = {}
    previous = ""
    for at, row in enumerate(_rows(path, log)):
        uuid = row.get("uuid") if isinstance(row.get("uuid"), str) else ""
        if not uuid and row.get("type") not in ("user", "assistant"):
            continue
        parent = row.get("parentUuid")
        entry = _Entry(uuid or f"line {at}", parent if isinstance(parent, str) else "" if uuid else previous, row, at)
        entries[entry.uuid] = entry
        previous = entry.uuid
        log.cwd = log.cwd or _text_of(row.get("cwd"))
        log.session = _text_of(row.get("sessionId")) or log.session
        if entry.is_said:
            log.results.update(_results(entry.message))
    _find_roots(entries)
    trees: dict[str, list[_Entry]] = {}
    for entry in entries.values():
        if entry.is_said:
            trees.setdefault(entry.root, []).append(entry)
    for tree in trees.values():
        turns = _turns(_path(tree, entries, log), log)
        if turns:
            log.threads.append(Thread(turns, bool(tree[0].row.get("isSidechain"))))
    return log


def _rows(path: Path, log: Log) -> Iterator[Mapping[str, Any]]:
    """The lines that are JSON objects."""
    with open(path, "rb") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                if line.endswith(b"\n"):
                    log.skipped["a line that is not JSON"] += 1
                else:
                    log.skipped["a last line that is cut off"] += 1
                    log.notes.append(_CUT)
                continue
            if isinstance(row, Mapping):
                yield row
            else:
                log.skipped["a line that is no JSON object"] += 1


def _find_roots(entries: Mapping[str, _Entry]) -> None:
    for entry in entries.values():
        chain: list[_Entry] = []
        at: _Entry | None = entry
        seen: set[str] = set()
        while at is not None and not at.root and at.uuid not in seen:
            seen.add(at.uuid)
            chain.append(at)
            at = entries.get(at.parent)
        root = at.root if at is not None and at.root else chain[-1].uuid
        for link in chain:
            link.root = root


def _path(tree: list[_Entry], entries: Mapping[str, _Entry], log: Log) -> list[_Entry]:
    """The entries from the root to the last leaf, with the blocks that belong to their messages, in order."""
    on: set[str] = set()
    at: _Entry | None = tree[-1]
    while at is not None and at.uuid not in on:
        on.add(at.uuid)
        at = entries.get(at.parent)
    messages = {entry.message_id for entry in tree if entry.uuid in on} - {""}
    taken = [entry for entry in tree if entry.uuid in on or entry.message_id in messages]
    left = [entry for entry in tree if entry.uuid not in on and entry.message_id not in messages]
    given_up = sum(1 for entry in left if entry.row.get("type") == "assistant")
    if given_up:
        log.skipped["a reply on a branch that was given up"] += given_up
    return taken


def _turns(entries: list[_Entry], log: Log) -> list[Turn]:
    turns: list[Turn] = []
    last_message = ""
    for entry in entries:
        message = entry.message
        if entry.row.get("type") == "assistant":
            model = _text_of(message.get("model"))
            if entry.row.get("isApiErrorMessage") or model == "<synthetic>":
                log.skipped["a reply that is synthetic or an error"] += 1
                continue
            log.model = log.model or model
            text, calls = _said(message), _calls(message)
            if not last_message or entry.message_id != last_message or not turns or turns[-1].role != "assistant":
                turns.append(Turn("assistant", "", []))
            last_message = entry.message_id
            turns[-1].text = "\n\n".join(filter(None, (turns[-1].text, text)))
            turns[-1].calls += calls
            continue
        text = _said(message)
        if text.startswith(_INTERRUPTED):
            if turns and turns[-1].role == "assistant":
                turns[-1].interrupted = True
            log.skipped["a turn that was interrupted"] += 1
        elif _is_said_by_user(entry.row, text):
            if turns and turns[-1].role == "user":
                turns[-1].text += f"\n\n{text}"
            else:
                turns.append(Turn("user", text))
    return turns


def _is_said_by_user(row: Mapping[str, Any], text: str) -> bool:
    hidden = any(row.get(name) for name in ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly"))
    return bool(text) and not hidden and not text.startswith(_NOT_SAID)


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []


def _said(message: Mapping[str, Any]) -> str:
    texts = (_text_of(block.get("text")) for block in _blocks(message) if block.get("type") == "text")
    return "\n\n".join(filter(None, (_REMINDER.sub("\n", text).strip() for text in texts)))


def _calls(message: Mapping[str, Any]) -> list[Call]:
    return [
        Call(_text_of(block.get("id")), block["name"], block["input"]) for block in _blocks(message)
        if block.get("type") == "tool_use" and isinstance(block.get("name"), str)
        and isinstance(block.get("input"), Mapping)
    ]  # fmt: skip


def _results(message: Mapping[str, Any]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for block in _blocks(message):
        if block.get("type") == "tool_result" and isinstance(block.get("tool_use_id"), str):
            text = _REMINDER.sub("\n", _said(block) if isinstance(block.get("content"), list) else _raw(block)).rstrip()
            rejected = bool(block.get("is_error")) and _REJECTED.search(text) is not None
            found[block["tool_use_id"]] = Result(text, bool(block.get("is_error")), rejected)
    return found


def _raw(block: Mapping[str, Any]) -> str:
    return _text_of(block.get("content"))


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""
