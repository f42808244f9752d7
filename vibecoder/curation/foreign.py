"""Reads rows of other tools' forms: Alpaca files, OpenAI's conversations and preferences, TRL's KTO and DPO rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vibecoder.dataset.loss_fields import check_row_weights
from vibecoder.dataset.records import from_json
from vibecoder.dataset.scrub.records import scrub_text
from vibecoder.errors import DataError
from vibecoder.system.lines import explain
from vibecoder.types import Record

__all__ = ["from_row", "quiet", "read_rows"]

_Row = Mapping[str, Any]
_QUOTES = (
    (re.compile(r"unknown (role|kind|field|verification) .*", re.DOTALL), r"unknown \1"),
    (re.compile(r"answers call .*", re.DOTALL), "answers a call that is not open"),
    (re.compile(r"among its fields \(.*\); ", re.DOTALL), "among its fields; "),
)


def read_rows(path: Path) -> tuple[list[tuple[int, Record]], list[tuple[int, str]]]:
    """The rows of a JSON array or of JSON lines with their numbers, from 1, and the reasons why others are none.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"no file at {path}; check the path") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {explain(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    good: list[tuple[int, Record]] = []
    bad: list[tuple[int, str]] = []
    for number, row in _rows(text, path):
        try:
            good.append((number, from_row(json.loads(row) if isinstance(row, str) else row)))
        except DataError as error:
            bad.append((number, quiet(error)))
        except (ValueError, RecursionError):
            bad.append((number, "not JSON"))
    return good, bad


def quiet(error: DataError) -> str:
    """Why a row is none, without the names and values of the row that the reason may quote: one may be a secret."""
    reason = str(error)
    for pattern, instead in _QUOTES:
        reason = pattern.sub(instead, reason)
    return scrub_text(reason)[0]


def from_row(row: Any) -> Record:
    """The record that a row of any of the forms says; one of our own is taken as it is.

    Raises:
        DataError: it is of none of them; the message is the reason.
    """
    if not isinstance(row, Mapping):
        return from_json(row)
    if "kind" in row:
        return from_json(row)
    check_row_weights(row)
    for marks, read in _READERS:
        if all(mark in row for mark in marks):
            return read(row)
    return from_json(row)


def _rows(text: str, path: Path) -> Sequence[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        try:
            return list(enumerate(json.loads(text), 1))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} begins as a JSON array, but is none: it may be cut off; save it again") from error
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _alpaca(row: _Row) -> Record:
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
    messages.append({"role": "user", "content": f"{instruction}\n\n{extra}" if extra else instruction})
    messages.append({"role": "assistant", "content": row["output"] or ""})
    known = {"instruction", "input", "output", "system", "history"}
    others = {name: value for name, value in row.items() if name not in known}
    labels = {name: others.pop(name) for name in ("category", "subcategory", "group") if name in others}
    provenance = {**others, "form": "alpaca", **({"input": extra} if extra else {})}
    return from_json({"kind": "example", "messages": messages, "provenance": provenance, **labels})


def _preference(row: _Row) -> Record:
    given = row["input"] if isinstance(row["input"], Mapping) else {}
    return from_json(
        {"kind": "comparison", "messages": given.get("messages"), "tools": given.get("tools"),
         "chosen": row["preferred_output"], "rejected": row["non_preferred_output"]}
    )  # fmt: skip


def _pair(row: _Row) -> Record:
    prompt, chosen, rejected = _turns(row["prompt"], "user"), _reply(row["chosen"]), _reply(row["rejected"])
    return _with_labels(row, {"kind": "comparison", "messages": prompt, "chosen": chosen, "rejected": rejected})


def _thumb(row: _Row) -> Record:
    prompt, reply = _turns(row["prompt"], "user"), _reply(row["completion"])
    return _with_labels(row, {"kind": "rated", "messages": prompt, "completion": reply, "label": _truth(row["label"])})


def _voted(row: _Row) -> Record:
    reply, label = _reply(row["assistant"]), _truth(row["label"])
    return _with_labels(row, {"kind": "rated", "messages": row["messages"], "completion": reply, "label": label})


def _chosen(row: _Row) -> Record:
    chosen, rejected = _reply(row["chosen"]), _reply(row["rejected"])
    return _with_labels(
        row, {"kind": "comparison", "messages": row["messages"], "chosen": chosen, "rejected": rejected}
    )


def _asked(row: _Row) -> Record:
    messages = [*_turns(row["prompt"], "user"), *_reply(row["completion"])]
    return _with_labels(row, {"kind": "example", "messages": messages})


_READERS = (
    (("instruction", "output"), _alpaca),
    (("input", "preferred_output", "non_preferred_output"), _preference),
    (("prompt", "chosen", "rejected"), _pair),
    (("prompt", "completion", "label"), _thumb),
    (("messages", "assistant", "label"), _voted),
    (("messages", "chosen", "rejected"), _chosen),
    (("prompt", "completion"), _asked),
)
"""The fields that mark a form, the more exact forms first."""


def _with_labels(row: _Row, content: dict[str, Any]) -> Record:
    names = ("tools", "category", "subcategory", "group")
    record = from_json({**content, **{name: row[name] for name in names if name in row}})
    metadata = row.get("metadata")
    return replace(record, provenance={"metadata": dict(metadata)}) if isinstance(metadata, Mapping) else record


def _turns(value: Any, role: str) -> Any:
    return [{"role": role, "content": value}] if isinstance(value, str) else value


def _reply(value: Any) -> Any:
    return _turns(value, "assistant")


def _truth(value: Any) -> Any:
    """A thumb: JSON's true and false, or 1 and 0."""
    return bool(value) if isinstance(value, int) and value in (0, 1) else value
