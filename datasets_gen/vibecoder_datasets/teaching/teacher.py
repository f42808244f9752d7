"""Lets a language model reword what users say and why calls are made; calls, results, patches and answers stay.

A wording is kept only if every name, path, number and quoted piece of the old one is in it, and no other. Replies are
cached on disk by what was asked, so that an interrupted job goes on where it was; refused wordings are kept with their
reasons, in `refused.jsonl` beside the cache, and the row keeps its own words there.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from vibecoder.dataset.records import identified
from vibecoder.errors import OutputError
from vibecoder.types import Example, Generated, GenerateJob, Record
from vibecoder_datasets.checking.claims import problems
from vibecoder_datasets.teaching.endpoint import Endpoint
from vibecoder_datasets.teaching.wordings import refusal

__all__ = ["original", "rewritten", "taught"]

AT_ONCE = 4
"""Requests under way together: enough to keep a local server busy."""
_ASK = (
    "You reword turns of a conversation about code, so that they sound like different people. Keep the meaning, and"
    " keep every name, path, number, quoted text and piece in backticks exactly as it is; add none. Answer with a JSON"
    " object and nothing else: the same keys, each with the new wording as a string."
)


def rewritten(rows: Iterable[Record], url: str, model: str, cache_folder: Path) -> Iterator[Record]:
    """Yield the rows in order, with the wordings of `model` at the OpenAI-compatible `url` where they are usable.

    A rewritten row remembers its old wordings in `provenance["reworded"]`; `original` brings them back.

    Raises:
        DataError: there is no such endpoint, or it refuses to answer; replies that came before are cached.
        OutputError: the cache cannot be written.
    """
    endpoint = Endpoint(url)
    cache = _Cache(cache_folder)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[tuple[Record, Future[Record] | None]] = deque()
        try:
            for row in rows:
                future = None
                if isinstance(row, Example) and _turns(row) and "reworded" not in row.provenance:
                    future = pool.submit(_reworded, row, endpoint, model, cache)
                waiting.append((row, future))
                if len(waiting) > AT_ONCE:
                    yield _taken(waiting.popleft())
            while waiting:
                yield _taken(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def taught(job: GenerateJob, batches: Callable[[GenerateJob], Iterator[Generated]]) -> Iterator[Generated]:
    """Yield the batches of a job, rewritten if it has a teacher, whose batches have names of their own.

    Raises:
        DataError: the teacher's address is none, or whatever `rewritten` and `batches` raise.
    """
    if job.teacher is None:
        yield from batches(job)
        return
    teacher, mark = job.teacher, f" in the words of {job.teacher.model}"
    Endpoint(teacher.url)  # a wrong address is told before the first rows are made
    made = {
        name.removesuffix(mark): [original(row) for row in rows]
        for name, rows in job.made.items()
        if name.endswith(mark)
    }
    for part in batches(replace(job, made=made, teacher=None)):
        rows = list(rewritten(part.records, teacher.url, teacher.model, teacher.cache))
        yield replace(part, batch=part.batch and part.batch + mark, records=rows)


def original(row: Record) -> Record:
    """Return the row as it was before it was rewritten; one that was not rewritten is returned as it is."""
    reworded = row.provenance.get("reworded")
    if not isinstance(row, Example) or not isinstance(reworded, Mapping):
        return row
    provenance = {name: value for name, value in row.provenance.items() if name != "reworded"}
    return identified(replace(row, messages=_with(row.messages, reworded["was"]), provenance=provenance))


def _taken(waiting: tuple[Record, Future[Record] | None]) -> Record:
    row, future = waiting
    return future.result() if future else row


def _reworded(row: Example, endpoint: Endpoint, model: str, cache: _Cache) -> Record:
    turns = _turns(row)
    request = {
        "model": model,
        "messages": [
            {"role": "system", "content": _ASK},
            {"role": "user", "content": json.dumps(turns, ensure_ascii=False)},
        ],
        "temperature": 0.8,
        "seed": int(row.id[:7], 16),
    }
    reply = cache.get(request)
    if reply is None:
        reply = endpoint.ask(request)
        cache.put(request, reply)
    given, reason = _parsed(reply)
    new: dict[str, str] = {}
    for at, old in turns.items():
        wording = given.get(at)
        wrong = reason or refusal(old, wording, _required(row, int(at)))
        if wrong:
            cache.refuse({"row": row.id, "message": int(at), "reason": wrong, "was": old, "wording": wording})
        elif isinstance(wording, str) and wording.strip() != old:
            new[at] = wording.strip()
    if not new:
        return row
    was = {at: turns[at] for at in new}
    provenance = {**row.provenance, "reworded": {"by": model, "was": was}}
    found = identified(replace(row, messages=_with(row.messages, new), provenance=provenance))
    if worse := sorted(set(problems(found)) - set(problems(row))):
        cache.refuse({"row": row.id, "reason": worse[0], "was": was, "wording": new})
        return row
    return found


def _turns(row: Example) -> dict[str, str]:
    """Return the user's turns and what the assistant says as it calls tools, by number of message."""
    return {
        str(at): message["content"]
        for at, message in enumerate(row.messages)
        if message["content"].strip()
        and (message["role"] == "user" or (message["role"] == "assistant" and message.get("tool_calls")))
    }


def _required(row: Example, at: int) -> list[str]:
    """List the texts of message `at` that the arguments of later calls take word for word."""
    text = row.messages[at]["content"]
    values = [
        value
        for message in row.messages[at:]
        for call in message.get("tool_calls", ())
        for value in call["function"]["arguments"].values()
    ]
    return [value for value in values if isinstance(value, str) and value and value in text]


def _with(messages: Sequence[Mapping[str, Any]], new: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    return tuple({**message, "content": new.get(str(at), message["content"])} for at, message in enumerate(messages))


def _parsed(reply: str) -> tuple[Mapping[str, Any], str]:
    """Parse the wordings in a reply, fenced or not, or return why there are none."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        given = json.loads(reply[start : end + 1])
    except ValueError:
        return {}, "the reply is no JSON object"
    return (given, "") if isinstance(given, dict) else ({}, "the reply is no JSON object")


class _Cache:
    """Keeps a file for each request, named by its hash, and the list of refused wordings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused = folder / "refused.jsonl"
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._known = set(self._refused.read_text("utf-8").splitlines()) if self._refused.exists() else set()
        except OSError as error:
            raise OutputError(f"cannot write the teacher's cache {folder}: {error.strerror or error}") from error

    def get(self, request: Mapping[str, Any]) -> str | None:
        try:
            return self._path(request).read_text("utf-8")
        except FileNotFoundError:
            return None

    def put(self, request: Mapping[str, Any], reply: str) -> None:
        path = self._path(request)
        unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        self._write(unfinished, "w", reply)
        os.replace(unfinished, path)

    def refuse(self, what: Mapping[str, Any]) -> None:
        """Keep a refused wording, once."""
        line = json.dumps(what)
        with self._lock:
            if line not in self._known:
                self._known.add(line)
                self._write(self._refused, "a", line + "\n")

    def _path(self, request: Mapping[str, Any]) -> Path:
        return self._folder / f"{hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:32]}.txt"

    def _write(self, path: Path, mode: str, text: str) -> None:
        try:
            with open(path, mode, encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError as error:
            raise OutputError(f"cannot write the teacher's cache {path}: {error.strerror or error}") from error
