"""Collects what a conversation has shown so far, and tells whether a name, code, a place or a count is in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

__all__ = ["WORDS", "Evidence", "number", "stem"]

_SPELLED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WORDS = {word: value for value, word in enumerate(_SPELLED, 1)}
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,_]*(?:\.\d+)?(?:e-?\d+)?")
_WHOLE = re.compile(r"(?<![\w.])\d+(?!\w|\.\d)")
_COUNT = re.compile(r"(?<![\w.:/-])(\d[\d,]*) ([a-z]+)\b")
_JOINED = re.compile(r"(?<![\w.])\d+(?=-\d|[a-z]{1,2}\b)|(?<=\d-)\d+|(?<=[:#L])\d+\b")  # 3-9, 20ms, a.py:7, #12
_SPAN = re.compile(r"(?<![\w.-])(\d+)-(\d+)(?![\w-])")
_PLACE = re.compile(r"(?:(?<=:)|^ *|(?<=\blines )|(?<=\bline )|(?<= L))(\d+)(?=[:\s,.;)-]|$)", re.MULTILINE)
_SHOWN = re.compile(r"^\[lines (\d+)-(\d+) of (\d+)\]$", re.MULTILINE)
_PATH = re.compile(r"[\w@.-]*(?:/[\w@.-]+)+/?")
_LABELLED = re.compile(r"^[a-z]+ \d+(?:, [a-z]+ \d+)+$", re.MULTILINE)
_ITEM = re.compile(r"^ *(\d+)[.)] ", re.MULTILINE)
_DEFINED = re.compile(r"^[\w./-]+:\d+-\d+ ", re.MULTILINE)
_EXACT = frozenset({"passed", "failed", "class", "pass", "less", "this"})


def number(text: str) -> Decimal | None:
    """Parse the number a text spells (`1,024`, `0.5`, `two`), or return None."""
    if text.lower() in WORDS:
        return Decimal(WORDS[text.lower()])
    try:
        return Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        return None


def stem(word: str) -> str:
    """Remove the plural of a noun: `matches`, `classes` and `entries` become `match`, `class` and `entry`."""
    word = word.lower()
    if word in _EXACT:
        return word
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if word.endswith(ending):
            return word.removesuffix(ending) + put
    return word


class Evidence:
    """Texts that tools, schemas and the user have given, indexed as they come.

    `counts` holds, by noun, the numbers that results and users put before it or that can be counted in a result;
    `results` those of results alone. `measured` are the numbers of results that show no file, `items` is the length of
    the longest list that was written.
    """

    def __init__(self) -> None:
        self.counts: defaultdict[str, set[Decimal]] = defaultdict(set)
        self.results: defaultdict[str, list[Decimal]] = defaultdict(list)
        self.numbers: set[Decimal] = set()
        self.measured: list[Decimal] = []
        self.spans: set[tuple[int, int]] = set()
        self.lines: defaultdict[int, list[str]] = defaultdict(list)
        self.items = 0
        self._text = ""
        self._names: set[str] = set()
        self._paths: set[str] = set()
        self._places: set[int] = set()
        self._given: set[str] = set()

    def tell(self, text: str) -> None:
        """Add what the user, the system or a schema says."""
        self._add(text)
        self._count(text)
        self._given.update(_WHOLE.findall(text))

    def call(self, arguments: Mapping[str, Any]) -> None:
        """Add the arguments that a call was made with."""
        for value in _leaves(arguments):
            self._add(value)
        numbers = [value for value in arguments.values() if isinstance(value, int)]
        self.spans.update(pairwise(numbers))
        self._places.update(numbers)

    def result(self, text: str) -> None:
        """Add what a tool returned."""
        self._add(text)
        self._count(text, results=True)
        self._given.update(_WHOLE.findall(text))
        for line in _LABELLED.findall(text):
            for label, digits in re.findall(r"([a-z]+) (\d+)", line):
                self.counts[stem(label)].add(Decimal(digits))
        if not _SHOWN.search(text):
            self.measured += [value for value in map(number, _NUMBER.findall(text)) if value is not None]
        listed = [line for line in text.splitlines() if line.strip() and not line.startswith("[")]
        if defined := len(_DEFINED.findall(text)):
            self.counts["definition"].add(Decimal(defined))
        for noun in ("entry", "line"):
            self.counts[noun].add(Decimal(len(listed)))
        for first, last, total in ((int(a), int(b), int(c)) for a, b, c in _SHOWN.findall(text)):
            self.counts["line"] |= {Decimal(last - first + 1), Decimal(total)}
            for at, line in enumerate(text.splitlines()[: last - first + 1], first):
                self.lines[at].append(line)

    def has_text(self, piece: str) -> bool:
        """Tell whether a piece was shown as whole words, blanks aside."""
        wanted = " ".join(piece.split())
        at = self._text.find(wanted)
        while at >= 0:
            before, after = self._text[at - 1 : at], self._text[at + len(wanted) : at + len(wanted) + 1]
            if not (_joins(before, wanted[0]) or _joins(wanted[-1], after)):
                return True
            at = self._text.find(wanted, at + 1)
        return False

    def has_name(self, name: str) -> bool:
        return name in self._names

    def has_path(self, path: str) -> bool:
        """Tell whether a path, a folder above one, a bare file name or an entry of a known folder was shown."""
        wanted = path.removeprefix("./").rstrip("/")
        if wanted in self._paths or ("/" not in wanted and self.has_text(wanted)):
            return True
        folder, _, entry = wanted.rpartition("/")
        return bool(folder) and folder in self._paths and self.has_text(entry) and not self._is_path_part(entry)

    def has_line(self, line: int, pieces: Iterable[str] = ()) -> bool:
        """Tell whether a line number was given, or was shown with one of `pieces` on it."""
        return line in self._places or any(piece in text for piece in pieces for text in self.lines.get(line, ()))

    def has_span(self, first: int, last: int) -> bool:
        return (first, last) in self.spans

    def has_number(self, value: Decimal, places: int) -> bool:
        """Tell whether a number was shown, to as many decimal places as are stated."""
        if value in self.numbers or -value in self.numbers:
            return True
        return places > 0 and any(_rounds(known, value, places) for known in self.numbers)

    def gives_number(self, digits: str) -> bool:
        """Tell whether a whole number is in a result or in the user's words; what a call asks for does not count."""
        return digits in self._given

    def _add(self, text: str) -> None:
        self._text += " \x00 " + " ".join(text.split())
        self.items = max([self.items, *map(int, _ITEM.findall(text))])
        self._names.update(re.findall(r"[^\W\d]\w*", text))
        for path in _PATH.findall(text):
            parts = path.removeprefix("./").rstrip("/.").split("/")
            self._paths.update("/".join(parts[: end + 1]) for end in range(len(parts)))
        self.numbers |= {value for value in map(number, _NUMBER.findall(text)) if value is not None}
        self.numbers |= {Decimal(digits) for digits in _JOINED.findall(text)}
        self.spans |= {(int(first), int(last)) for first, last in _SPAN.findall(text)}
        self._places |= {int(digits) for digits in _PLACE.findall(text)}
        self._places |= {end for span in self.spans for end in span}

    def _count(self, text: str, results: bool = False) -> None:
        for digits, word in _COUNT.findall(text):
            value = number(digits)
            assert value is not None
            self.counts[stem(word)].add(value)
            if results:
                self.results[stem(word)].append(value)
        for spelled, word in re.findall(rf"\b({'|'.join(WORDS)}) ([a-z]+)\b", text.lower()):
            self.counts[stem(word)].add(Decimal(WORDS[spelled]))

    def _is_path_part(self, entry: str) -> bool:
        """Tell whether an entry is known only inside other paths, so that it says nothing of a folder."""
        return re.search(rf"(?<![/\w]){re.escape(entry)}\b", self._text) is None


def _joins(before: str, after: str) -> bool:
    return bool(before) and bool(after) and (before.isalnum() or before == "_") and (after.isalnum() or after == "_")


def _rounds(known: Decimal, stated: Decimal, places: int) -> bool:
    return abs(known - stated) * 2 <= Decimal(1).scaleb(-places)


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)
