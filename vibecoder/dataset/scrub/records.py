"""Takes secrets and e-mail addresses out of records: each is replaced by its kind, counted, and told to nobody.

Kinds of our own (`patterns`, `given`), those of detect-secrets and gitleaks' rules; patterns run on the texts
themselves where a text has what their matches need. Addresses of the domains kept for examples stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from vibecoder.dataset.records import identified
from vibecoder.dataset.scrub.detectors import detectors, entropy_spans, keyword_spans
from vibecoder.dataset.scrub.given import GIVEN, is_placeholder
from vibecoder.dataset.scrub.patterns import DENSE, PATTERNS, RUN
from vibecoder.dataset.scrub.rules import rule_spans
from vibecoder.types import Infill, Record

__all__ = ["scrub", "scrub_json", "scrub_text"]

_R = TypeVar("_R", bound=Record)
_Span = tuple[int, int, str]
_MASK = re.compile(r"<SECRET:[a-z0-9-]+>|<EMAIL>")
_JOINT = "\n\0\n"
"""What stands between texts that are looked at together: no secret goes across it."""
_MAY_HOLD = re.compile(r"[a-z0-9_\-.+/=]{5}[0-9]|[0-9][a-z0-9_\-.+/=]{5}|[a-z]{20}")
"""What a line has, in lower case, that may hold a secret of gitleaks' rules: a run of some length with a digit."""
_SHORTEST = 8
"""Characters of a value that is masked wherever else it stands in the record."""
_EMAIL = re.compile(
    r"(?<![\w.+\-/:])(\w[\w.+\-]{0,63})@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})\b"
)
_AT = re.compile(r"[\w+\-]@[A-Za-z0-9]")
_RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost|local)$", re.IGNORECASE)
_TLD = re.compile(
    r"(?:[a-z]{2}|com|org|net|edu|gov|mil|int|info|biz|name|dev|app|email|mail|tech|cloud|online|site|xyz|blog|digital"
    r"|agency|company|software|systems|solutions|studio|group|team|work|works|world|live|life|me|pro|mobi|social|berlin"
    r"|london|paris|foundation|science|academy|institute|university|engineering|codes|zone|space|global|network)",
    re.IGNORECASE,
)


def scrub(record: _R) -> tuple[_R, Counter[str]]:
    """Mask every secret and address of a record; return it, and how many of each kind there were.

    All its strings are looked at, labels and provenance too. Of an infill the whole file is, so that a secret across
    the edge of its parts is found; the mask goes into the middle if a part of it stood there. A record without any
    comes back as the same object; a changed one has the id of its new content if it had one.
    """
    texts = list(_strings(record))
    whole = _JOINT.join(texts)
    if isinstance(record, Infill):
        whole += f"{_JOINT}{record.prefix}{record.middle}{record.suffix}"
    finder = _Finder(whole)
    if not finder.found:
        return record, Counter()
    counts: Counter[str] = Counter()
    changes: dict[str, Any] = {}
    for field in fields(record):
        if field.name != "id" and not (isinstance(record, Infill) and field.name in ("prefix", "middle", "suffix")):
            value = getattr(record, field.name)
            changes[field.name] = _mapped(value, lambda text: finder.mask(text, counts))
    if isinstance(record, Infill):
        changes |= _infill(record, finder, counts)
    if not counts:
        return record, counts
    clean = replace(record, **changes, id="")
    return (identified(clean) if record.id else clean), counts


def scrub_text(text: str) -> tuple[str, Counter[str]]:
    """Mask every secret and address of a text; return it, and how many of each kind there were."""
    counts: Counter[str] = Counter()
    return _Finder(text).mask(text, counts), counts


def scrub_json(value: Any) -> tuple[Any, Counter[str]]:
    """Mask every secret and address in a JSON value's strings and keys; return it, and how many of each kind."""
    counts: Counter[str] = Counter()
    finder = _Finder(_JOINT.join(_strings(value)))
    return (_mapped(value, lambda text: finder.mask(text, counts)) if finder.found else value), counts


class _Finder:
    """Knows which kinds a record may hold and which values to mask wherever they stand."""

    def __init__(self, whole: str) -> None:
        self.found = False
        lower = whole.lower()
        runs = "\n".join(run for run in RUN.findall(whole) if DENSE.search(run))
        lower_runs = runs.lower()
        self._kinds = [kind for kind in (*PATTERNS, *GIVEN, *detectors()) if kind.possible(lower, runs, lower_runs)]
        self._values: dict[str, str] = {}
        self._sure: set[str] = set()
        for start, end, name in self._spans(whole, note=True):
            self.found = True
            value = whole[start:end]
            if name != "email":
                self._values.setdefault(value, name)
        self._known = {value: name for value, name in self._values.items() if self._is_sure(value)}
        longest = sorted(self._known, key=len, reverse=True)
        self._again = re.compile("|".join(map(re.escape, longest))) if longest else None

    def mask(self, text: str, counts: Counter[str]) -> str:
        """Return the text with masks, counted."""
        if not self.found:
            return text
        pieces, at = [], 0
        for start, end, name in self.spans(text):
            counts[name] += 1
            pieces += [text[at:start], _mask(name)]
            at = end
        return "".join([*pieces, text[at:]])

    def spans(self, text: str) -> list[_Span]:
        """Find what to mask in a text, in order and apart from each other."""
        found = list(self._spans(text))
        if self._again:
            found += [(*match.span(), self._known[match[0]]) for match in self._again.finditer(text)]
        return _apart(found, text)

    def _spans(self, text: str, note: bool = False) -> Iterator[_Span]:
        lower = text.lower()
        for kind in self._kinds:
            for match in kind.matches(text, lower):
                start, end = _value(match)
                value = text[start:end]
                if (kind.vague and not _random(value)) or _MASK.search(value):
                    continue
                if kind.given and is_placeholder(value):
                    continue
                if note and kind.everywhere:
                    self._sure.add(value)
                yield start, end, kind.name
        dense = "\n".join(line for line in lower.split("\n") if _MAY_HOLD.search(line))
        for start, end, name in (*rule_spans(text, lower, dense), *keyword_spans(text, lower), *entropy_spans(text)):
            value = text[start:end]
            if not _MASK.search(value):
                if note and name != "password":
                    self._sure.add(value)
                yield start, end, name
        for match in _EMAIL.finditer(text) if _AT.search(text) else ():
            if _is_address(match, text):
                yield (*match.span(), "email")

    def _is_sure(self, value: str) -> bool:
        return len(value) >= _SHORTEST and (value in self._sure or _random(value))


def _infill(record: Infill, finder: _Finder, counts: Counter[str]) -> dict[str, str]:
    """Prefix, middle and suffix that still are one text, the masked file."""
    parts = (record.prefix, record.middle, record.suffix)
    edges = (0, len(parts[0]), len(parts[0]) + len(parts[1]), sum(map(len, parts)))
    whole = "".join(parts)
    pieces = ["", "", ""]
    spans = finder.spans(whole)
    for part in range(3):
        at, stop = edges[part], edges[part + 1]
        for start, end, name in spans:
            if end <= at or start >= stop:
                continue
            pieces[part] += whole[at:start]
            owner = 1 if start < edges[2] and end > edges[1] else 0 if start < edges[1] else 2
            if owner == part:
                pieces[part] += _mask(name)
                counts[name] += 1
            at = min(end, stop)
        pieces[part] += whole[at:stop]
    return dict(zip(("prefix", "middle", "suffix"), pieces, strict=True))


def _apart(spans: list[_Span], text: str) -> list[_Span]:
    """Overlapping spans become one of the first one's name; masks that are there already stay."""
    done: list[_Span] = []
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
        if done and start < done[-1][1]:
            done[-1] = (done[-1][0], max(done[-1][1], end), done[-1][2])
        elif start < end:
            done.append((start, end, name))
    return done


def _value(match: re.Match[str]) -> tuple[int, int]:
    """Find where the first group of some length stands, else the match."""
    for group in range(1, (match.re.groups or 0) + 1):
        if match[group] is not None and len(match[group]) > 1:
            return match.span(group)
    return match.span()


def _random(value: str) -> bool:
    """Tell whether a value reads like a secret, not a word: letters with digits or with signs of passwords."""
    letters = any(c.isalpha() for c in value)
    return letters and any(c.isdigit() or c in "!#%&*?^~" for c in value)


def _is_address(match: re.Match[str], text: str) -> bool:
    user, domain = match[1], match[2]
    if _RESERVED.search(domain) or user.lower() == "git":
        return False
    around = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return around == ("<", ">") or bool(_TLD.fullmatch(domain.rsplit(".", 1)[1]))


def _mask(name: str) -> str:
    return "<EMAIL>" if name == "email" else f"<SECRET:{name}>"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _strings(item)
    elif hasattr(value, "__dataclass_fields__"):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_mapped(key, change): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(item, change) for item in value)
    return value
