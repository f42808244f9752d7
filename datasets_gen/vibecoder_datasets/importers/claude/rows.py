"""`from-claude`: sessions of Claude Code as tool-use conversations, and their edits as thumbs up or down"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder.types import Example, Imported, ImportJob, Message, Rated, Record
from vibecoder_datasets.importers.claude.edits import EDITS, Edit, reverted
from vibecoder_datasets.importers.claude.log import Log, Result, Thread, Turn, read_log
from vibecoder_datasets.importers.claude.tools import Paths, is_bookkeeping, offered, translated

__all__ = ["SYSTEM", "count_sessions", "rows", "sessions"]

SYSTEM = "You are a coding assistant at work in the user's repository. Look before you answer, and use the tools."
_CUT = "\n[{} characters left out]\n"


@dataclass(slots=True)
class _Exchange:
    """What followed one prompt: its messages, and for every edit in them its place, its step, and whether rejected."""

    messages: list[Message]
    edits: list[tuple[int, int, Message]] = field(default_factory=list)
    rejected: list[tuple[int, Message]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(map(_size, self.messages))


def sessions(folder: Path) -> list[Path]:
    """The session files below a folder, subagents' too, by path."""
    return sorted(path for path in folder.rglob("*.jsonl") if path.is_file())


def count_sessions(job: ImportJob) -> int:
    """Count the session files of a job."""
    return len(sessions(job.source))


def rows(job: ImportJob) -> Iterator[Imported]:
    """Read the rows of each session's file."""
    longest, result_size = int(job.options["max_chars"]), int(job.options["max_result"])
    for path in sessions(job.source):
        try:
            unit = f"{path.relative_to(job.source)}:{path.stat().st_size}:{longest}:{result_size}"
            if job.done(unit):
                yield Imported(skipped={"read by an earlier import": 1}, unit=unit)
                continue
            log = read_log(path)
        except OSError:
            yield Imported(skipped={"a file that cannot be read": 1})
            continue
        is_agent = "subagents" in path.parts or path.stem.startswith("agent-")
        records = [record for thread in log.threads for record in _records(log, thread, is_agent, longest, result_size)]
        if not records:
            log.skipped["a file without a conversation"] += 1
        yield Imported(records, dict(log.skipped), unit, log.notes)


def _records(log: Log, thread: Thread, is_agent: bool, longest: int, result_size: int) -> Iterator[Record]:
    paths = Paths(log.cwd)
    steps: list[Edit] = []
    exchanges = list(_exchanges(log, thread.turns, paths, result_size, steps))
    project = os.path.basename(log.cwd.rstrip("/\\")) or "session"
    labels: dict[str, Any] = {
        "category": "tool-use", "group": f"claude:{project}:{log.session}", "verification": "imported",
        "provenance": {"importer": "claude", "project": project, "model": log.model},
    }  # fmt: skip
    kind = "subagent" if is_agent or thread.is_subagent else "session"
    for part in _parts([exchange for exchange in exchanges if _is_answered(exchange)], longest):
        messages = [{"role": "system", "content": SYSTEM}, *(m for exchange in part for m in exchange.messages)]
        while messages[-1]["role"] == "tool":  # nothing answers it
            messages.pop()
        yield Example(messages=messages, tools=offered(_called(messages)), subcategory=kind, **labels)
    undone = reverted(steps)
    for exchange in exchanges:
        thumbs = [(at, call, step not in undone, "reverted" if step in undone else "kept")
                  for at, step, call in exchange.edits]  # fmt: skip
        thumbs += [(at, call, False, "rejected") for at, call in exchange.rejected]
        for at, call, label, fate in thumbs:
            before = [{"role": "system", "content": SYSTEM}, *exchange.messages[:at]]
            if sum(map(_size, before)) > longest:
                log.skipped["an edit too far into its exchange"] += 1
                continue
            tools = offered(_called([*before, call]))
            yield Rated(
                messages=before, completion=[call], label=label, tools=tools, subcategory=f"edit-{fate}", **labels
            )


def _exchanges(log: Log, turns: list[Turn], paths: Paths, result_size: int, steps: list[Edit]) -> Iterator[_Exchange]:
    """A prompt and what the assistant did about it, until the next prompt; notes each step in `steps`."""
    exchange: _Exchange | None = None
    is_over = False
    for turn in turns:
        if turn.role == "user":
            if exchange:
                yield exchange
            said = paths.text(turn.text)
            steps.append(Edit("", {}, said))
            exchange, is_over = _Exchange([{"role": "user", "content": said}]), False
        elif exchange is None:
            log.skipped["a reply without its prompt"] += 1
        elif not is_over:
            is_over = not _add(log, exchange, turn, paths, result_size, steps)
    if exchange:
        yield exchange


def _add(log: Log, exchange: _Exchange, turn: Turn, paths: Paths, result_size: int, steps: list[Edit]) -> bool:
    """Append a turn with its results; False if the exchange ends here, at what the user did not let happen."""
    calls: list[tuple[Message, str, Result]] = []
    text = paths.text(turn.text)
    for call in turn.calls:
        result = log.results.get(call.id)
        if is_bookkeeping(call.name):
            log.skipped["a call of the agent's own bookkeeping"] += 1
            continue
        if result is None:
            log.skipped["a call without a result"] += 1
            continue
        name, arguments, given = translated(call, result, paths)
        message: Message = {"type": "function", "function": {"name": name, "arguments": arguments}}
        if result.rejected:
            log.skipped["a call that the user rejected"] += 1
            if name in EDITS:
                exchange.rejected.append((len(exchange.messages), _calling(text, message)))
            return False
        calls.append((message, given, result))
    if turn.interrupted:
        return False
    if not calls and not text:
        return True
    at = len(exchange.messages)
    last = exchange.messages[-1]
    if not calls and last["role"] == "assistant" and "tool_calls" not in last:
        last["content"] += f"\n\n{text}"
        return True
    said: Message = {"role": "assistant", "content": text}
    if calls:
        said["tool_calls"] = [message for message, _, _ in calls]
    exchange.messages.append(said)
    for message, given, result in calls:
        function = message["function"]
        exchange.messages.append({"role": "tool", "name": function["name"], "content": _shortened(given, result_size)})
        if not result.is_error:
            if function["name"] in EDITS:
                exchange.edits.append((at, len(steps), _calling(text, message)))
            steps.append(Edit(function["name"], function["arguments"]))
    return True


def _parts(exchanges: list[_Exchange], longest: int) -> Iterator[list[_Exchange]]:
    """Exchanges that follow each other, as many as stay below the length together; a longer one stands alone."""
    part: list[_Exchange] = []
    for exchange in exchanges:
        if part and sum(known.size for known in part) + exchange.size > longest:
            yield part
            part = []
        part.append(exchange)
    if part:
        yield part


def _is_answered(exchange: _Exchange) -> bool:
    return any(message["role"] == "assistant" for message in exchange.messages)


def _calling(text: str, call: Message) -> Message:
    return {"role": "assistant", "content": text, "tool_calls": [call]}


def _called(messages: list[Message]) -> list[tuple[str, Mapping[str, Any]]]:
    calls = [call["function"] for message in messages for call in message.get("tool_calls", ())]
    return [(call["name"], call["arguments"]) for call in calls]


def _shortened(text: str, size: int) -> str:
    """A long result without its middle."""
    if len(text) <= size:
        return text
    return text[: size // 2] + _CUT.format(len(text) - size // 2 * 2) + text[len(text) - size // 2 :]


def _size(message: Message) -> int:
    calls = message.get("tool_calls", ())
    return len(message["content"]) + sum(len(str(call["function"]["arguments"])) for call in calls)
