"""Makes the rows of `from-chat`: conversations of other agents, in OpenAI's or Anthropic's format."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vibecoder.curation.foreign import from_row, quiet
from vibecoder.dataset.components import SHOWS, text_keys
from vibecoder.dataset.loss_fields import check_row_weights
from vibecoder.dataset.normalise.nulls import NULLS, ForeignNulls
from vibecoder.dataset.normalise.parts import refuse_media
from vibecoder.dataset.records import identified
from vibecoder.errors import DataError, os_reason
from vibecoder.types import Example, Imported, ImportJob, Message
from vibecoder_datasets.importers.unwrapping import spoken

__all__ = ["rows"]

_LABELS = ("category", "subcategory", "group")
_PLACE = re.compile(r"(?:messages|chosen|rejected|completion)\[\d+\](?: \(\w+\))?(?:\.tool_calls\[\d+\])?")
_ENOUGH = 10
"""Words from which a prompt or a conversation is told from others without its system prompt."""
_EARLIER = "an earlier state of a conversation"


def rows(job: ImportJob) -> Iterator[Imported]:
    """Yield one `Imported` a conversation; one that another repeats and goes on from is no row.

    The file is read twice: first the states of all conversations are noted, then those that nothing goes on from are
    rows. States and forks of one conversation, which share its first prompt, are one group.

    Raises:
        DataError: the file cannot be read.
    """
    known, nulls = _States(), ForeignNulls()
    changed: Counter[str] = Counter()
    for found in _conversations(job.source, changed):
        if isinstance(found, Example):
            known.learn(found.messages)
            nulls.learn(found)
    for found in _conversations(job.source, Counter()):
        if isinstance(found, Imported):
            yield found
        elif known.goes_on(found.messages):
            yield Imported(skipped={_EARLIER: 1})
        else:
            row, count = nulls.without(found)
            changed[NULLS] += count
            yield Imported([_labelled(row, job.source.stem)])
    if changed.total():
        yield Imported(notes=[f"left out of rows: {changed[NULLS]} {NULLS}"])


class _States:
    """Remembers which conversations others go on from, by digests of their beginnings, with system prompts and without.

    Agents write the time into their system prompt, so that it changes within a conversation. Without it a conversation
    is told from others by its words, if there are some.
    """

    def __init__(self) -> None:
        self._beginnings: set[bytes] = set()

    def learn(self, messages: Sequence[Message]) -> None:
        """Note a conversation that others may begin like."""
        for turns in (messages, _without_system(messages)):
            self._beginnings.update(_digests(turns)[:-1])

    def goes_on(self, messages: Sequence[Message]) -> bool:
        """Tell whether another conversation says all that this one says, and more."""
        if _digests(messages)[-1] in self._beginnings:
            return True
        said = _without_system(messages)
        return sum(map(_words, said)) >= _ENOUGH and _digests(said)[-1] in self._beginnings


def _without_system(messages: Sequence[Message]) -> list[Message]:
    return [turn for turn in messages if turn["role"] not in ("system", "developer")]


def _words(turn: Message) -> int:
    return len(turn["content"].split())


def _digests(messages: Sequence[Message]) -> list[bytes]:
    """Digest every beginning of a conversation by what is said and called, without ids and blanks at the ends."""
    found: list[bytes] = []
    above = b""
    for turn in messages:
        calls = [(call["function"]["name"], call["function"]["arguments"]) for call in turn.get("tool_calls", ())]
        said = json.dumps([turn["role"], turn["content"].strip(), calls], sort_keys=True)
        above = hashlib.blake2b(above + said.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        found.append(above)
    return found


def _group(messages: Sequence[Message]) -> str:
    """Name a conversation by its first prompt; by its system prompt too where that says little."""
    prompt = next((at for at, turn in enumerate(messages) if turn["role"] == "user"), len(messages) - 1)
    first = messages[: prompt + 1]
    return _digests(_without_system(first) if _words(first[-1]) >= _ENOUGH else first)[-1].hex()[:12]


def _labelled(row: Example, name: str) -> Example:
    said = text_keys(turn["content"] for turn in row.messages if turn["role"] in ("user", "assistant"))
    given = {label: row.provenance[label] for label in _LABELS if isinstance(row.provenance.get(label), str)}
    labels = {"category": "tool-use", "subcategory": "chat", "group": f"chat:{_group(row.messages)}", **given}
    provenance = {"importer": "chat", "file": name, **({SHOWS: said} if said else {})}
    return replace(row, **labels, verification="imported", provenance=provenance)


def _conversations(path: Path, changed: Counter[str]) -> Iterator[Example | Imported]:
    """Yield the conversations of a file, or why there is none; `changed` learns what was taken out of them."""
    for row in _read(path):
        yield row if isinstance(row, Imported) else _conversation(row, changed)


def _conversation(row: Any, changed: Counter[str]) -> Example | Imported:
    try:
        found = from_row(_request(row), changed)
        if isinstance(found, Example):
            found = identified(replace(found, messages=spoken(found.messages), id=""))
    except DataError as error:
        return Imported(skipped={_PLACE.sub("a message", quiet(error)).split("; ")[0]: 1})
    if not isinstance(found, Example):
        return Imported(skipped={"a row that is no conversation": 1})
    return found


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
    """Yield the elements of an array, those before the place where it is cut off too."""
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


def _request(row: Any) -> Mapping[str, Any]:
    """Return the messages, system prompt and tools of a row, or of a logged request with its response."""
    if not isinstance(row, Mapping):
        raise DataError("a row that is no JSON object")
    request = next((row[name] for name in ("request", "body", "input") if isinstance(row.get(name), Mapping)), row)
    if not isinstance(request.get("messages"), Sequence) or isinstance(request["messages"], str):
        raise DataError("a row without messages")
    for given in (row, request):
        refuse_media(given)
        check_row_weights(given)
    response = next((row[name] for name in ("response", "output") if isinstance(row.get(name), Mapping)), row)
    if isinstance(response.get("body"), Mapping):
        response = response["body"]
    messages = [*request["messages"], *_answer(response)]
    labels = {key: row[key] for key in _LABELS if key in row}
    given = {key: request[key] for key in ("system", "tools", "functions") if request.get(key) is not None}
    return {"messages": messages, **given, "provenance": labels}


def _answer(response: Mapping[str, Any]) -> list[Any]:
    """Return the reply in a response of OpenAI's (`choices`) or Anthropic's (`content`)."""
    choices = response.get("choices")
    if isinstance(choices, Sequence) and choices and isinstance(choices[0], Mapping):
        return [choices[0].get("message")]
    if response.get("role") == "assistant" and isinstance(response.get("content"), (str, list)):
        return [{"role": "assistant", "content": response["content"]}]
    return []
