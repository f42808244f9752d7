"""`from-chat`: conversations of other agents, in OpenAI's format, from JSON lines or a JSON array"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder.curation.foreign import quiet
from vibecoder.dataset.loss_fields import check_row_weights
from vibecoder.dataset.records import from_json
from vibecoder.errors import DataError, os_reason
from vibecoder.types import Example, Imported, ImportJob

__all__ = ["rows"]

_DROPPED = ("refusal", "audio", "annotations", "function_call", "reasoning", "reasoning_details")
_LABELS = ("category", "subcategory", "group")


def rows(job: ImportJob) -> Iterator[Imported]:
    """One `Imported` a conversation; of requests that each repeat the one before and go on, only the last is a row.

    Raises:
        DataError: the file cannot be read.
    """
    waiting: Imported | None = None
    for at, row in enumerate(_read(job.source)):
        found = row if isinstance(row, Imported) else _imported(row, job.source.stem, at)
        if waiting and waiting.records and found.records and _goes_on(waiting.records[0], found.records[0]):
            waiting = Imported(skipped={"an earlier state of a conversation": 1})
        if waiting:
            yield waiting
        waiting = found
    if waiting:
        yield waiting


def _read(path: Path) -> Iterator[Any]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            start = file.read(1)
            while start.isspace():
                start = file.read(1)
            file.seek(0)
            if start == "[":
                yield from _array(file.read())
                return
            for line in file:
                if line.strip():
                    yield _parsed(line)
    except OSError as error:
        raise DataError(f"cannot read {path}: {os_reason(error)}") from error


def _array(text: str) -> Iterator[Any]:
    """The elements of an array, those before the place where it is cut off too."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if text[at : at + 1] == "]":
            return
        try:
            row, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            note = "an array that is cut off or damaged; the conversations before that place are kept"
            yield Imported(skipped={"not JSON from here to the end": 1}, notes=[note])
            return
        yield row


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        if line.endswith("\n"):
            return Imported(skipped={"a line that is not JSON": 1})
        note = "a log whose last line is cut off; what stands before it is kept"
        return Imported(skipped={"a last line that is cut off": 1}, notes=[note])


def _imported(row: Any, name: str, at: int) -> Imported:
    try:
        conversation = _conversation(row)
        check_row_weights(row)
        messages = [_message(message) for message in conversation["messages"]]
        labels = {key: conversation[key] for key in _LABELS if isinstance(conversation.get(key), str)}
        labels = {"category": "tool-use", "subcategory": "chat", "group": f"chat:{name}:{at}", **labels}
        record = from_json(
            {"kind": "example", "messages": messages, "tools": conversation.get("tools") or [], **labels,
             "verification": "imported", "provenance": {"importer": "chat", "file": name}}
        )  # fmt: skip
    except DataError as error:
        return Imported(skipped={quiet(error).split("; ")[0]: 1})
    return Imported([record])


def _conversation(row: Any) -> Mapping[str, Any]:
    """The messages and tools of a row, or of a logged request with its response."""
    if not isinstance(row, Mapping):
        raise DataError("a row that is no JSON object")
    request = next((row[name] for name in ("request", "body", "input") if isinstance(row.get(name), Mapping)), row)
    if not isinstance(request.get("messages"), Sequence) or isinstance(request["messages"], str):
        raise DataError("a row without messages")
    messages = list(request["messages"])
    response = next((row[name] for name in ("response", "output") if isinstance(row.get(name), Mapping)), row)
    if isinstance(response.get("body"), Mapping):
        response = response["body"]
    choices = response.get("choices")
    if isinstance(choices, Sequence) and choices and isinstance(choices[0], Mapping):
        messages.append(choices[0].get("message"))
    labels = {key: row[key] for key in _LABELS if key in row}
    return {**labels, "messages": messages, "tools": request.get("tools")}


def _message(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise DataError("a message that is no JSON object")
    message = {key: value for key, value in given.items() if key not in _DROPPED}
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        message["content"] = "\n".join(text for text in texts if isinstance(text, str))
    elif content is None:
        message["content"] = ""
    call = given.get("function_call")
    if isinstance(call, Mapping):
        message["tool_calls"] = [{"type": "function", "function": dict(call)}]
    if message.get("role") == "function":
        message["role"] = "tool"
    return message


def _goes_on(before: Any, after: Any) -> bool:
    if not (isinstance(before, Example) and isinstance(after, Example)):
        return False
    known = list(before.messages)
    return len(after.messages) > len(known) and list(after.messages[: len(known)]) == known
