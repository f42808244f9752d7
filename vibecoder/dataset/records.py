"""Records as JSON: what one line of `dataset.jsonl` holds, how it is checked, and the hash that names its content."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from vibecoder.dataset.fields import CHECKS, refuse_constant, type_name
from vibecoder.dataset.loss_fields import check_row_weights
from vibecoder.dataset.normalise.nulls import NULLS, without_schema_nulls, without_unallowed_nulls
from vibecoder.dataset.normalise.parts import refuse_media, with_system
from vibecoder.errors import DataError, suggestion
from vibecoder.types import Comparison, Example, Infill, Rated, Record, Task, is_learned

__all__ = ["KINDS", "content_id", "from_json", "identified", "parse", "to_json", "to_line"]

KINDS: dict[str, type[Record]] = {
    "example": Example, "infill": Infill, "comparison": Comparison, "rated": Rated, "task": Task,
}  # fmt: skip
_NAMES = {cls: kind for kind, cls in KINDS.items()}
_META = ("id", "category", "subcategory", "group", "verification", "provenance")
_LATER = ("tools", "repository", "context")
"""Fields that are left out where they are empty, so that a row without them keeps its id."""
_AS_CHAT = 'write it as {"messages": [{"role": "user", "content": ...}, {"role": "assistant", "content": ...}]}'
_AS_PAIR = 'write it as {"kind": "comparison", "messages": [...], "chosen": [...], "rejected": [...]}'
_FOREIGN = (
    (("instruction", "output"), "Alpaca (instruction/output)"),
    (("conversations",), "ShareGPT (conversations)"),
    (("prompt", "completion"), "prompt/completion"),
    (("question", "answer"), "question/answer"),
    (("text",), "plain text (text)"),
    (("input_ids",), "tokenized (input_ids)"),
)
_R = TypeVar("_R", bound=Record)


def to_json(record: Record) -> dict[str, Any]:
    """Convert a record into its canonical JSON object, metadata first; empty `tools` and `context` are left out.

    Raises:
        DataError: the content is not JSON (a NaN, a lone surrogate, an object of another type).
    """
    return {
        "id": content_id(record),
        "kind": _NAMES[type(record)],
        "category": record.category,
        "subcategory": record.subcategory,
        "group": record.group,
        "verification": record.verification,
        "provenance": dict(record.provenance),
        **_content(record),
    }


def to_line(record: Record) -> bytes:
    """Write a record as one UTF-8 line of JSON with its newline, checked to read back as the same record.

    U+0085, U+2028 and U+2029 are escaped: they are legal in JSON, but `str.splitlines` breaks lines at them.

    Raises:
        DataError: the record is not one that `from_json` would take.
    """
    row = to_json(record)
    checked = from_json(row)
    if checked.id != row["id"]:
        row = to_json(checked)
    text = _dumps(row)
    for character, escape in (("\x85", "\\u0085"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(character, escape)
    return text.encode() + b"\n"


def content_id(record: Record) -> str:
    """Hash the kind and content, not the labels, to the first 32 hex digits of SHA-256 over JSON with sorted keys.

    Raises:
        DataError: the content is not JSON.
    """
    content = {"kind": _NAMES[type(record)], **_content(record)}
    return hashlib.sha256(_dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def identified(record: _R) -> _R:
    """Return the same record with its `id` filled in.

    Raises:
        DataError: the content is not JSON.
    """
    return replace(record, id=content_id(record))


def parse(line: str | bytes, counts: Counter[str] | None = None) -> Record:
    """Parse the record on one line of JSON; `counts` as for `from_json`.

    Raises:
        DataError: the line is not JSON, or not a record; the message is the reason alone.
    """
    try:
        text = line.decode() if isinstance(line, bytes) else line
        row = json.loads(text, parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        raise DataError("not UTF-8 text; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise DataError(_not_json(text, error)) from error
    except RecursionError as error:
        raise DataError("nested too deeply to read") from error
    except ValueError as error:
        raise DataError(f"not JSON: {error}") from error
    return from_json(row, counts)


def from_json(row: Any, counts: Counter[str] | None = None) -> Record:
    """Convert a JSON object into a record, checked and normalised.

    Arguments given as a JSON string become the object they spell, nulls and empty lists of calls are left out, parts
    and results of other clients' forms become turns (`normalise`). A row without a kind but with `messages` is an
    Example of someone else's: its other fields are kept in `provenance`. `counts` learns how many null arguments and
    schema properties were taken out.

    Raises:
        DataError: it is not a record; the message is the reason alone, without a file or a line number.
    """
    if not isinstance(row, Mapping):
        raise DataError(f"a row must be a JSON object, not {type_name(row)}")
    row = {name: value for name, value in row.items() if value is not None}
    if "kind" not in row:
        row = _adopted(row)
    kind = row["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise DataError(f"unknown kind {kind}{suggestion(str(kind), KINDS)}")
    cls = KINDS[kind]
    content = [field.name for field in fields(cls) if field.name not in _META]
    for name in row:
        if name not in ("kind", *_META, *content):
            raise DataError(f"unknown field {name}{suggestion(str(name), [*_META, *content])}")
    optional = {"tools", "path", "repository", "context"}
    missing = [name for name in content if name not in optional and row.get(name) is None]
    if missing:
        raise DataError(f"{_article(kind)} needs {' and '.join(missing)}")
    values = {name: CHECKS[name](row[name], name) for name in (*_META, *content) if row.get(name) is not None}
    nulls = _clean(values)
    if counts is not None and nulls:
        counts[NULLS] += nulls
    if kind == "example" and not any(map(is_learned, values["messages"])):
        excluded = any(message["role"] == "assistant" for message in values["messages"])
        raise DataError(f"an example needs at least one assistant turn{' of weight 1' * excluded} to learn from")
    if kind == "infill" and not values["middle"]:
        raise DataError("an infill with an empty middle teaches nothing")
    if kind == "comparison" and values["chosen"] == values["rejected"]:
        raise DataError("chosen and rejected are the same")
    record: Record = cls(**values)
    identity = content_id(record)
    _dumps(dict(record.provenance))
    if record.id and record.id != identity and record.id != _hash(row, content, kind):
        raise DataError(f"id does not match its content (it should be {identity}); delete the id and add the row again")
    return replace(record, id=identity)


def _clean(values: dict[str, Any]) -> int:
    """Take nulls that are no arguments out of checked fields, and count them."""
    values["tools"], total = without_schema_nulls(values.get("tools", ()))
    if not values["tools"]:
        del values["tools"]
    for name in ("messages", "chosen", "rejected", "completion"):
        if name in values:
            values[name], found = without_unallowed_nulls(values[name], values.get("tools", ()))
            total += found
    return total


def _content(record: Record) -> dict[str, Any]:
    """Return the fields that the hash covers: an infill's `path` first, then `tools`, then the others."""
    names = [field.name for field in fields(record) if field.name not in _META]
    content = {name: getattr(record, name) for name in sorted(names, key=lambda name: name != "tools")}
    if "path" in content:
        content = {"path": content.pop("path"), **content}
    for name in _LATER:
        if not content.get(name, True):
            del content[name]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in content.items()}


def _hash(row: Mapping[str, Any], content: Sequence[str], kind: str) -> str:
    """Hash a row as it is written, before it was normalised."""
    given = {"kind": kind, **{name: row.get(name, "") for name in content if name not in _LATER or row.get(name)}}
    return hashlib.sha256(_dumps(given, sort_keys=True).encode()).hexdigest()[:32]


def _dumps(value: Any, *, sort_keys: bool = False) -> str:
    separators = (",", ":") if sort_keys else (", ", ": ")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=sort_keys, separators=separators)
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError("holds half of a surrogate pair, which is no character; remove it") from error
    except RecursionError as error:
        raise DataError("nested too deeply to write") from error
    except (TypeError, ValueError) as error:
        raise DataError(f"not JSON: {error}") from error
    return text


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    if text.lstrip()[:1] in ("[", "]"):
        return "part of a JSON array; write one JSON object a line (jq -c '.[]' in.json > out.jsonl)"
    if text.strip() in ("{", "}"):
        return "JSON spread over several lines; write one object a line (jq -c . in.json > out.jsonl)"
    if "{" not in text and "," in text:
        return "looks like CSV; write one JSON object a line"
    return f"not JSON: {error.msg} at column {error.colno}"


def _adopted(row: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a row without a kind into the fields of an Example, or raise DataError with the reason it is none."""
    if "messages" not in row:
        if {"prompt", "chosen", "rejected"} <= row.keys():
            raise DataError(f"a row of another format, TRL preference (prompt/chosen/rejected); {_AS_PAIR}")
        for names, form in _FOREIGN:
            if all(name in row for name in names):
                raise DataError(f"a row of another format, {form}; {_AS_CHAT}")
        raise DataError(
            f"neither a kind nor messages among its fields ({', '.join(map(str, row)) or 'none'}); {_AS_CHAT}"
        )
    for name, kind in (("chosen", "comparison"), ("completion", "rated"), ("label", "rated"), ("reference", "task")):
        if name in row:
            raise DataError(f'has {name} but no kind; add "kind": "{kind}"')
    check_row_weights(row)
    refuse_media(row)
    adopted = {name: row[name] for name in ("messages", "tools", "category", "subcategory", "group") if name in row}
    adopted["messages"] = with_system(row["messages"], row.get("system"))
    read = {*adopted, "provenance", "system"}
    if "functions" in row and not row.get("tools"):
        adopted["tools"] = row["functions"]
        read.add("functions")
    others = {name: value for name, value in row.items() if name not in read}
    given = row.get("provenance") or {}
    provenance = {**others, **(given if isinstance(given, Mapping) else {"source": given})}
    return {"kind": "example", "provenance": provenance, **adopted}


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
