"""Read one session log of Claude Code: its threads as turns, and what was left out.

A log is JSON lines, one content block each: blocks of one `message.id` are one turn, `parentUuid` links them to a tree
whose last leaf is the conversation, and results name their call by `tool_use_id`. Types of lines that are not known
only link others. Sources: the logs themselves; the format has no specification.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder_datasets.importers.claude.blocks import Result, blocks_of, listed, results_of, text_of
from vibecoder_datasets.importers.claude.turns import Turn, read_turns

__all__ = ["Log", "Thread", "read_log"]

_CUT = "a log whose last line is cut off; what stands before it is kept"
_SAID = ("user", "assistant", "attachment")


@dataclass(frozen=True, slots=True)
class Thread:
    """Describes one conversation and the results of its calls; that of a subagent where `is_subagent`."""

    turns: list[Turn]
    results: Mapping[str, Result]
    is_subagent: bool


@dataclass(slots=True)
class Log:
    """Holds the conversations of a session's file; `cwd` is the working folder it began in, `skipped` counts by reason.

    `folders` are all its working folders, `began` is the time of its first line.
    """

    session: str
    cwd: str = ""
    model: str = ""
    began: str = ""
    threads: list[Thread] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
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
    def message_id(self) -> str:
        message = self.row.get("message")
        return text_of(message.get("id")) if isinstance(message, Mapping) else ""

    @property
    def is_said(self) -> bool:
        kind = self.row.get("type")
        return kind in _SAID and isinstance(self.row.get("attachment" if kind == "attachment" else "message"), Mapping)

    @property
    def speaker(self) -> tuple[bool, str]:
        """Whose conversation it is of: the main one's, or that of one of its subagents."""
        return bool(self.row.get("isSidechain")), text_of(self.row.get("agentId"))


def read_log(path: Path) -> Log:
    """Read a session's file.

    Raises:
        OSError: it cannot be read.
    """
    log = Log(path.stem)
    entries: dict[str, _Entry] = {}
    previous: dict[Any, str] = {}
    queue: list[tuple[int, str]] = []
    for at, row in enumerate(_rows(path, log)):
        uuid = text_of(row.get("uuid"))
        _note_queue(row, at, queue)
        if not uuid and row.get("type") not in _SAID:
            continue
        parent = row.get("parentUuid")
        entry = _Entry(uuid or f"line {at}", text_of(parent), row, at)
        whose = (text_of(row.get("sessionId")), *entry.speaker)
        if not uuid and not entry.parent:
            entry.parent = previous.get(whose, "")
        entries.setdefault(entry.uuid, entry)
        previous[whose] = entry.uuid
        log.cwd = log.cwd or text_of(row.get("cwd"))
        log.began = log.began or text_of(row.get("timestamp"))
        log.folders |= {text_of(row.get("cwd"))} - {""}
        log.session = text_of(row.get("sessionId")) or log.session
    _find_roots(entries)
    trees: dict[str, list[_Entry]] = {}
    for entry in entries.values():
        if entry.is_said:
            trees.setdefault(entry.root, []).append(entry)
    said = [entry.row for tree in trees.values() for entry in tree]
    results, unseen = results_of(said), _unseen(said, queue)
    for tree in trees.values():
        rows = _path(tree, entries, log)
        is_subagent = tree[0].speaker[0]
        own = results_of(row for _, row in rows)
        found = read_turns(rows, {**results, **own}, [] if is_subagent else unseen, log.skipped)
        log.model = log.model or found.model
        if found.turns:
            log.threads.append(Thread(found.turns, found.results, is_subagent))
    return log


def _rows(path: Path, log: Log) -> Iterator[Mapping[str, Any]]:
    """Yield the lines that are JSON objects."""
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


def _note_queue(row: Mapping[str, Any], at: int, queue: list[tuple[int, str]]) -> None:
    """Note what was typed while the assistant worked, and forget what was taken back to be edited."""
    if row.get("type") != "queue-operation":
        return
    if row.get("operation") == "enqueue" and text_of(row.get("content")):
        queue.append((at, row["content"]))
    elif row.get("operation") == "popAll":
        queue.clear()


def _unseen(said: Sequence[Mapping[str, Any]], queue: Sequence[tuple[int, str]]) -> list[int]:
    """Return the numbers of the lines of queued prompts that no turn says."""
    known = "\n".join(_told(row) for row in said) if queue else ""
    return [at for at, text in queue if text.strip() not in known]


def _told(row: Mapping[str, Any]) -> str:
    given = row.get("attachment")
    if isinstance(given, Mapping):
        prompt = given.get("prompt")
        return prompt if isinstance(prompt, str) else "\n".join(text_of(part.get("text")) for part in listed(prompt))
    if row.get("type") != "user":
        return ""
    blocks = blocks_of(row.get("message"))
    inner = [part for block in blocks for part in (block, *listed(block.get("content")))]
    return "\n".join(text_of(part.get("text")) or text_of(part.get("content")) for part in inner)


def _find_roots(entries: Mapping[str, _Entry]) -> None:
    """Note the first entry of each one's conversation; a subagent's does not go on from its caller's."""
    for entry in entries.values():
        chain: list[_Entry] = []
        at: _Entry | None = entry
        seen: set[str] = set()
        while at is not None and not at.root and at.uuid not in seen:
            seen.add(at.uuid)
            chain.append(at)
            above = entries.get(at.parent)
            at = above if above is not None and _is_same(above, at) else None
        root = at.root if at is not None and at.root else chain[-1].uuid
        for link in chain:
            link.root = root


def _is_same(one: _Entry, other: _Entry) -> bool:
    """Tell whether two entries are of one conversation; lines that are not said belong to any."""
    return not (one.is_said and other.is_said) or one.speaker == other.speaker


def _path(tree: list[_Entry], entries: Mapping[str, _Entry], log: Log) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the rows from the root to the last leaf, with the blocks that belong to their messages, in order."""
    on: dict[str, int] = {}
    at: _Entry | None = tree[-1]
    while at is not None and at.uuid not in on and at.root == tree[-1].root:
        on[at.uuid] = len(on)
        at = entries.get(at.parent)
    depth = {uuid: len(on) - place for uuid, place in on.items()}
    messages: dict[str, int] = {}
    for entry in tree:
        if entry.uuid in on and entry.message_id:
            messages[entry.message_id] = min(depth[entry.uuid], messages.get(entry.message_id, len(on)))
    taken: list[tuple[int, int, _Entry]] = []
    given_up = 0
    for entry in tree:
        if entry.message_id in messages:
            taken.append((messages[entry.message_id], entry.at, entry))
        elif entry.uuid in on:
            taken.append((depth[entry.uuid], entry.at, entry))
        else:
            given_up += entry.row.get("type") == "assistant"
    if given_up:
        log.skipped["a reply on a branch that was given up"] += given_up
    return [(entry.at, entry.row) for _, _, entry in sorted(taken, key=lambda item: item[:2])]
