"""gitleaks' published rules, run on the lines that hold one of a rule's keywords (`NOTICE.txt`)."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from vibecoder.dataset.scrub.lines import lines_with

__all__ = ["Rule", "rule_spans", "rules"]

_FILE = Path(__file__).with_name("gitleaks.json")
_PLACEHOLDERS = re.compile(r"(?i)example|placeholder|changeme|your[-_]|^<|\$\{|\{\{|^(.)\1*$|x{6}|\*{4}|0{8}|1234567")


@dataclass(frozen=True)
class Rule:
    """One rule: a secret is `group` of `pattern`, of at least `entropy` bits a character, in a line with a keyword."""

    name: str
    keywords: tuple[str, ...]
    source: str
    entropy: float
    group: int

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(self.source, re.ASCII)

    def spans(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Find what to mask between two places of a text."""
        for match in self.pattern.finditer(text, start, end):
            group = self.group or next((n for n in range(1, self.pattern.groups + 1) if match[n]), 0)
            value = match[group]
            if value and _bits(value) >= self.entropy and not _PLACEHOLDERS.search(value):
                yield match.span(group)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Read the rules of `gitleaks.json`; their patterns are compiled when a text first has a keyword."""
    return tuple(
        Rule(rule["id"], tuple(rule["keywords"]), rule["pattern"], rule.get("entropy", 0.0), rule.get("group", 0))
        for rule in json.loads(_FILE.read_text(encoding="utf-8"))
    )


def rule_spans(text: str, lower: str, dense: str) -> Iterator[tuple[int, int, str]]:
    """Find the secrets of every rule; `lower` is the text, and `dense` its lines that may hold one, in lower case."""
    for keyword, of_keyword in _by_keyword():
        if keyword in dense:
            for start, end in lines_with((keyword,), text, lower):
                for rule in of_keyword:
                    yield from ((one, other, rule.name) for one, other in rule.spans(text, start, end))


@lru_cache(maxsize=1)
def _by_keyword() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        for keyword in rule.keywords:
            found.setdefault(keyword, []).append(rule)
    return tuple((keyword, tuple(of_keyword)) for keyword, of_keyword in found.items())


def _bits(value: str) -> float:
    """Compute Shannon's entropy of a string's characters, in bits a character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
