"""Rules that a program can check: a case on either side of each limit, measured, and the verdict that follows"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

__all__ = ["Case", "cases"]

_PATHS = ("src/orders.py", "app/routes.py", "lib/cache.py", "shop/cart.py", "core/parser.py", "api/session.py")
_VERBS = ("Add", "Fix", "Remove", "Rename", "Handle", "Report")
_WORDS = ("empty input", "the retry of a failed upload", "stale cache entries", "the order of results", "slow queries")
_NAMES = ("load_orders", "parseHeader", "Total_Sum", "find_user", "MakeReport", "retry_count")


@dataclass(frozen=True, slots=True)
class Case:
    """Holds what the user shows, what the assistant says of it, and whether the rule is kept."""

    shown: str
    verdict: str
    is_kept: bool


def cases(rule: str, rng: Random) -> Iterator[Case]:
    """Yield two cases, one that keeps the rule and one that breaks it; none if no check fits the rule."""
    for pattern, make in _CHECKS:
        match = re.search(pattern, rule, re.IGNORECASE)
        if match:
            yield from make(match, rng)
            return


def _file_lines(match: re.Match[str], rng: Random) -> Iterator[Case]:
    limit = _number(match)
    for count in (rng.randint(max(1, limit // 3), limit), limit + rng.randint(1, limit)):
        path = rng.choice(_PATHS)
        shown = f"$ wc -l {path}\n{count} {path}"
        if count <= limit:
            yield Case(shown, f"It has {count} lines and the limit is {limit}: it may stay as it is.", True)
        else:
            verdict = f"It has {count} lines, {count - limit} over the limit of {limit}. I split it before I go on."
            yield Case(shown, verdict, False)


def _line_length(match: re.Match[str], rng: Random) -> Iterator[Case]:
    limit = _number(match)
    for wanted in (rng.randint(limit // 2, limit), limit + rng.randint(1, 30)):
        line = _padded("return total(", ", ", ")", wanted, rng)
        shown = f"```python\n{line}\n```"
        if len(line) <= limit:
            yield Case(shown, f"The line has {len(line)} characters and the limit is {limit}: it is fine.", True)
        else:
            over = len(line) - limit
            yield Case(
                shown, f"The line has {len(line)} characters, {over} over the limit of {limit}. I wrap it.", False
            )


def _subject(match: re.Match[str], rng: Random) -> Iterator[Case]:
    limit = _number(match)
    short = f"{rng.choice(_VERBS)} {rng.choice(_WORDS)}"[:limit]
    long = short
    while len(long) <= limit:
        long += f" and {rng.choice(_VERBS).lower()} {rng.choice(_WORDS)}"
    for subject in (short, long):
        size = len(subject)
        if size <= limit:
            yield Case(
                f"`{subject}`", f"The subject has {size} characters, at most {limit} are allowed: keep it.", True
            )
        else:
            verdict = f"The subject has {size} characters, {size - limit} over the limit of {limit}. Shorten it."
            yield Case(f"`{subject}`", verdict, False)


def _snake(match: re.Match[str], rng: Random) -> Iterator[Case]:
    pattern = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
    good = [name for name in _NAMES if pattern.match(name)]
    bad = [name for name in _NAMES if not pattern.match(name)]
    for name in (rng.choice(good), rng.choice(bad)):
        if pattern.match(name):
            yield Case(f"`{name}`", f"`{name}` is snake_case: keep it.", True)
        else:
            other = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
            yield Case(f"`{name}`", f"`{name}` is not snake_case; it should be `{other}`.", False)


def _number(match: re.Match[str]) -> int:
    return max(8, int(match["n"].replace(",", "")))


def _padded(start: str, between: str, end: str, size: int, rng: Random) -> str:
    """Return a call of about so many characters, exactly so many where a last name can be stretched to it."""
    line = start + rng.choice("abcdefgh")
    while len(line) + len(end) < size:
        room = size - len(line) - len(end) - len(between)
        if room < 1:
            return line + "x" * (size - len(line) - len(end)) + end
        line += between + rng.choice("abcdefgh") * min(room, rng.randint(3, 9))
    return line + end


_N = r"(?P<n>\d[\d,]*)"
_CHECKS: tuple[tuple[str, Callable[[re.Match[str], Random], Iterator[Case]]], ...] = (
    (rf"subject\b[^.]*?{_N}", _subject),
    (rf"{_N}[- ]char\w*\s+subject", _subject),
    (rf"\bline(?:s|[- ]length)?\b[^.]*?{_N}\s*-?\s*char", _line_length),
    (rf"{_N}[- ]char\w*\s+(?:per\s+)?line", _line_length),
    (rf"{_N}[- ]?line(?:s)?\b", _file_lines),
    (
        r"(?:function|variable|module|name)\w*\b.*\bsnake[_ ]case|snake[_ ]case\b.*\b(?:function|variable|module|name)",
        _snake,
    ),
)
