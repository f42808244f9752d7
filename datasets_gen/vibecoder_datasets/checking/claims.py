"""Checks what the assistant of a row says: each number, name and path by what was shown, each call by its schema.

A number is checked by what it counts: `2 passed` needs a result that says so, `line 14` a place that was given, `lines
3-9` that very span. Counts that no result spells out are allowed where they can be counted in one again: sums where
the sentence says "in all", differences where it compares, ratios where it says "times" or "%".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Any

import jsonschema

from vibecoder.types import Example
from vibecoder_datasets.checking.evidence import WORDS, Evidence, number, stem
from vibecoder_datasets.checking.statements import Claim, statements

__all__ = ["misfits", "problems", "unsupported"]

DISTINCTIVE = 100
"""Numbers from here on are seldom there by chance: they need not stand beside the noun that they count."""
_SUMMED = re.compile(r"\b(?:all|altogether|total|together|both|combined|sum)\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:more|fewer|less|longer|shorter|difference|other|rest|remaining|left|gone|saved)\b")
_ADVICE = re.compile(r"(?:git (?:add|checkout|commit|diff|log|pull|push|status)|pip install)\b ?")
_PLACE = re.compile(r"([\w./@-]+):(\d+)(?:-(\d+))?")


def problems(row: Example) -> list[str]:
    """List everything wrong with what the assistant of a row calls and says; nothing for a sound row."""
    return [*misfits(row), *map(str, unsupported(row))]


def misfits(row: Example) -> list[str]:
    """Describe calls of tools not offered or refused by their schema, and calls and results without the other."""
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in row.tools}
    found: list[str] = []
    pending: list[str] = []
    for turn, message in enumerate(row.messages):
        if message["role"] == "tool":
            name = pending.pop(0) if pending else ""
            if not name:
                found.append(f"message {turn}: a result without a call")
            elif message.get("name", name) != name:
                found.append(f"message {turn}: a result of {message['name']} where {name} was called")
            continue
        found += [f"message {turn}: the call of {name} before it has no result" for name in pending]
        pending = []
        for call in message.get("tool_calls", ()):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            pending.append(name)
            if name in offered:
                errors = _validator(json.dumps(offered[name])).iter_errors(arguments)
                found += [f"message {turn}: {name}: {error.message}" for error in errors]
            else:
                found.append(f"message {turn}: {name} is not offered")
    return found + [f"the last call of {name} has no result" for name in pending]


def unsupported(row: Example) -> list[Claim]:
    """Return what the assistant states without having been shown it; a turn's own calls count as shown."""
    shown = Evidence()
    for tool in row.tools:
        shown.tell(json.dumps(tool["function"], ensure_ascii=False))
    found: list[Claim] = []
    for turn, message in enumerate(row.messages):
        if message["role"] == "assistant":
            for call in message.get("tool_calls", ()):
                shown.call(call["function"]["arguments"])
            stated = list(statements(turn, message["content"]))
            shown.items = max([shown.items, *(int(claim.text) for claim in stated if claim.kind == "item")])
            found += [claim for claim in stated if not _holds(claim, shown)]
        elif message["role"] == "tool":
            shown.result(message["content"])
        else:
            shown.tell(message["content"])
    return found


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    """Make a validator that takes no argument which the schema does not name."""
    return jsonschema.Draft202012Validator({"additionalProperties": False, **json.loads(schema)})


def _holds(claim: Claim, shown: Evidence) -> bool:
    value = number(claim.text) if claim.kind in ("line", "count", "number") else None
    if claim.kind in ("code", "quote"):
        return _stands(claim.text, shown)
    if claim.kind == "path":
        return _is_known_path(claim.text, shown)
    if claim.kind == "name":
        return shown.has_text(claim.text) or all(map(shown.has_name, claim.text.split(".")))
    if claim.kind == "span":
        if " of " in claim.text:
            return shown.has_text(claim.text)
        first, _, last = claim.text.partition("-")
        return shown.has_span(int(first), int(last))
    if claim.kind == "summary":
        return _are_summaries(claim.text, shown) or _is_no_summary(claim.text, shown)
    if claim.kind == "item":
        return claim.text == claim.about
    if claim.kind == "step":
        return int(claim.text) <= shown.items
    assert value is not None
    if claim.kind == "line":
        return not claim.about and shown.has_line(int(value), claim.pieces)
    if claim.kind == "count":
        return _is_counted(claim, value, shown)
    places = len(claim.text.partition(".")[2])
    if claim.about == "ratio":
        return shown.has_number(value, places) or _is_ratio(value, places, shown.measured)
    return shown.has_number(value, places)


def _stands(piece: str, shown: Evidence) -> bool:
    """Tell whether a piece of code was shown as it is, or as a path with a line or a name."""
    if piece.isdecimal():
        return shown.gives_number(piece)
    piece = _ADVICE.sub("", piece)  # what the user can do in a shell, in rows where no tool does it
    if not piece or shown.has_text(piece):
        return True
    if place := _PLACE.fullmatch(piece):
        path, first, last = place.groups()
        known = shown.has_span(int(first), int(last)) if last else shown.has_line(int(first))
        return known and shown.has_path(path)
    if "/" in piece and " " not in piece:
        path, _, node = piece.partition("::")
        return shown.has_path(path) and all(map(shown.has_name, re.findall(r"\w+", node)))
    return False


def _are_summaries(text: str, shown: Evidence) -> bool:
    """Tell whether a tool's summary was shown, or several in a row; a noun that comes again begins another."""
    parts = text.split(", ")
    nouns = [part.split()[-1] for part in parts]
    if shown.has_text(text):
        return True
    cuts = range(1, len(parts)) if len(set(nouns)) < len(nouns) else ()
    return any(shown.has_text(", ".join(parts[:at])) and _are_summaries(", ".join(parts[at:]), shown) for at in cuts)


def _is_no_summary(text: str, shown: Evidence) -> bool:
    """Tell whether words and shown numbers only look like a tool's summary (`gives 7, not 12`)."""
    words, numbers = re.findall(r"[a-z]+", text), re.findall(r"\d+", text)
    known = [word for word in words if stem(word) in shown.counts]
    return not known and all(shown.has_number(Decimal(digits), 0) for digits in numbers)


def _is_known_path(path: str, shown: Evidence) -> bool:
    """Tell whether a path was shown, or two words with a slash between are none, the first being no folder."""
    if shown.has_path(path):
        return True
    return path.count("/") == 1 and "." not in path and "_" not in path and not shown.has_path(path.split("/")[0])


def _is_counted(claim: Claim, value: Decimal, shown: Evidence) -> bool:
    noun = stem(claim.about)
    known = shown.counts.get(noun)
    if claim.text in WORDS:  # "one more thing" counts nothing, "two definitions" does
        return not known or value == 1 or value in known or _is_derived(claim.sentence, value, shown.results[noun])
    if known is None or value >= DISTINCTIVE:
        return shown.has_number(value, 0)
    return value in known or _is_derived(claim.sentence, value, shown.results[noun])


def _is_derived(sentence: str, value: Decimal, counts: Iterable[Decimal]) -> bool:
    """Tell whether a count is the sum or difference of counts in results, and the sentence says so."""
    found = list(counts)
    if _SUMMED.search(sentence) and any(
        sum(some) == value for size in range(2, len(found) + 1) for some in (found[-size:], found[:size])
    ):
        return True
    return bool(_COMPARED.search(sentence)) and any(abs(a - b) == value for a, b in combinations(found, 2))


def _is_ratio(value: Decimal, places: int, measured: Iterable[Decimal]) -> bool:
    """Tell whether two numbers of results divide to `value`, or to that many percent."""
    numbers = [number for number in dict.fromkeys(measured) if number > 0]
    half = Decimal(1).scaleb(-places) / 2
    ratios = (a / b for one, other in combinations(numbers, 2) for a, b in ((one, other), (other, one)))
    return any(abs(ratio - value) <= half or abs(ratio * 100 - value) <= half for ratio in ratios)
