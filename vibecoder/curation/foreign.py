"""Reads rows of other tools' forms: Alpaca files, OpenAI's conversations and preferences, TRL's KTO and DPO rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.dataset.loss_fields import check_row_weights
from vibecoder.dataset.normalise.nulls import NULLS, without_foreign_nulls
from vibecoder.dataset.normalise.parts import refuse_media, with_system
from vibecoder.dataset.records import from_json, identified
from vibecoder.dataset.scrub.records import scrub_text
from vibecoder.errors import DataError, os_reason
from vibecoder.types import Record

__all__ = ["Rows", "from_row", "quiet", "read_rows"]

_Row = Mapping[str, Any]
_LABELS = ("tools", "category", "subcategory", "group")
_QUOTES = (
    (re.compile(r"unknown (role|kind|field|verification) .*", re.DOTALL), r"unknown \1"),
    (re.compile(r"answers call .*", re.DOTALL), "answers a call that is not open"),
    (re.compile(r"among its fields \(.*\); ", re.DOTALL), "among its fields; "),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file: records and reasons why others are none with their numbers, from 1.

    `changed` counts what was taken out of rows, by reason.
    """

    good: list[tuple[int, Record]]
    bad: list[tuple[int, str]]
    changed: Counter[str]


def read_rows(path: Path) -> Rows:
    """Read the rows of a JSON array or of JSON lines, of any form that is known.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"no file at {path}; check the path") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {os_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    good: list[tuple[int, Record]] = []
    bad: list[tuple[int, str]] = []
    changed: Counter[str] = Counter()
    for number, row in _rows(text, path):
        try:
            good.append((number, from_row(json.loads(row) if isinstance(row, str) else row, changed)))
        except DataError as error:
            bad.append((number, quiet(error)))
        except (ValueError, RecursionError):
            bad.append((number, "not JSON"))
    clean, nulls = without_foreign_nulls([record for _, record in good])
    if nulls:
        changed[NULLS] += nulls
        clean = [record if record.id else identified(record) for record in clean]
    return Rows([(number, record) for (number, _), record in zip(good, clean, strict=True)], bad, changed)


def quiet(error: DataError) -> str:
    """Return the reason a row was refused without the names and values it may quote: one may be a secret."""
    reason = str(error)
    for pattern, instead in _QUOTES:
        reason = pattern.sub(instead, reason)
    return scrub_text(reason)[0]


def from_row(row: Any, counts: Counter[str] | None = None) -> Record:
    """Convert a row of any known form into a record; one of our own is parsed as it is.

    `counts` learns what was taken out of it, as with `from_json`.

    Raises:
        DataError: it is of none of them; the message is the reason.
    """
    if not isinstance(row, Mapping) or row.get("kind") is not None:
        return from_json(row, counts)
    row = {name: value for name, value in row.items() if value is not None or name in ("instruction", "output")}
    refuse_media(row)
    check_row_weights(row)
    for marks, read in _READERS:
        if all(mark in row for mark in marks):
            return from_json(read(row), counts)
    return from_json(row, counts)


def _rows(text: str, path: Path) -> Sequence[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        try:
            return list(enumerate(json.loads(text), 1))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} begins as a JSON array, but is none: it may be cut off; save it again") from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _alpaca(row: _Row) -> dict[str, Any]:
    for name in ("instruction", "input", "output", "system"):
        if not isinstance(row.get(name, ""), (str, type(None))):
            raise DataError(f"{name} must be a string")
    extra = row.get("input") or ""
    instruction = row["instruction"] or ""
    messages = [{"role": "system", "content": row["system"]}] if row.get("system") else []
    for exchange in row.get("history") or ():
        if not isinstance(exchange, Sequence) or isinstance(exchange, str) or len(exchange) != 2:
            raise DataError("history must be pairs of an instruction and its answer")
        messages += [{"role": "user", "content": exchange[0]}, {"role": "assistant", "content": exchange[1]}]
    messages.append({"role": "user", "content": "\n\n".join(part for part in (instruction, extra) if part)})
    messages.append({"role": "assistant", "content": row["output"] or ""})
    known = {"instruction", "input", "output", "system", "history", *_LABELS}
    others = {name: value for name, value in row.items() if name not in known}
    provenance = {**others, "form": "alpaca", **({"input": extra} if extra else {})}
    return {"kind": "example", "messages": messages, "provenance": provenance, **_labels(row)}


def _preference(row: _Row) -> dict[str, Any]:
    given = row["input"] if isinstance(row["input"], Mapping) else {}
    refuse_media(given)
    return {"kind": "comparison", "messages": given.get("messages"), "tools": given.get("tools"),
            "chosen": row["preferred_output"], "rejected": row["non_preferred_output"]}  # fmt: skip


def _pair(row: _Row) -> dict[str, Any]:
    chosen, rejected = _reply(row["chosen"]), _reply(row["rejected"])
    return {"kind": "comparison", "messages": _asked(row), "chosen": chosen, "rejected": rejected, **_about(row)}


def _thumb(row: _Row) -> dict[str, Any]:
    reply, label = _reply(row["completion"]), _truth(row["label"])
    return {"kind": "rated", "messages": _asked(row), "completion": reply, "label": label, **_about(row)}


def _voted(row: _Row) -> dict[str, Any]:
    reply, label = _reply(row["assistant"]), _truth(row["label"])
    return {"kind": "rated", "messages": _asked(row), "completion": reply, "label": label, **_about(row)}


def _completed(row: _Row) -> dict[str, Any]:
    asked, reply = _asked(row), _reply(row["completion"])
    return {"kind": "example", "messages": [*asked, *reply] if _are_lists(asked, reply) else None, **_about(row)}


_READERS = (
    (("instruction", "output"), _alpaca),
    (("input", "preferred_output", "non_preferred_output"), _preference),
    (("prompt", "chosen", "rejected"), _pair),
    (("prompt", "completion", "label"), _thumb),
    (("messages", "assistant", "label"), _voted),
    (("messages", "chosen", "rejected"), _pair),
    (("prompt", "completion"), _completed),
)
"""The fields that mark a form, the more exact forms first."""


def _labels(row: _Row) -> dict[str, Any]:
    return {name: row[name] for name in _LABELS if name in row}


def _about(row: _Row) -> dict[str, Any]:
    """Return the labels and tools of a row, and its metadata as provenance."""
    metadata = row.get("metadata")
    return {**_labels(row), **({"provenance": {"metadata": dict(metadata)}} if isinstance(metadata, Mapping) else {})}


def _asked(row: _Row) -> Any:
    """Return the conversation before the replies, with the system prompt that is given beside it."""
    given = row["messages"] if "messages" in row else _turns(row["prompt"], "user")
    return with_system(given, row.get("system"))


def _are_lists(*values: Any) -> bool:
    return all(isinstance(value, Sequence) and not isinstance(value, str) for value in values)


def _turns(value: Any, role: str) -> Any:
    return [{"role": role, "content": value}] if isinstance(value, str) else value


def _reply(value: Any) -> Any:
    return _turns(value, "assistant")


def _truth(value: Any) -> Any:
    """Convert a thumb, JSON's true and false or 1 and 0, into a bool; any other value is returned unchanged."""
    return bool(value) if isinstance(value, int) and value in (0, 1) else value
