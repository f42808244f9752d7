"""Markdown that keeps its shape whatever text goes into it: tables, code spans and fences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["clipped", "code", "fence", "inline", "table"]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> str:
    """Write a table whose cells are Markdown already; `numbers` aligns all columns but the first to the right."""
    rule = ["---", *["---:" if numbers else "---"] * (len(titles) - 1)]
    cells = [[cell.replace("\n", " ").replace("|", r"\|") for cell in row] for row in (titles, rule, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def inline(text: object) -> str:
    """Write `text` on one line, with everything escaped that Markdown would act on."""
    flat = " ".join(str(text).split())
    return re.sub(r"([\\`*\[\]<>#~$&]|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", flat)


def code(text: object) -> str:
    """Write `text` as a code span, on one line."""
    flat = " ".join(str(text).split())
    ticks = "`" * (_longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}" if flat else ""


def fence(text: str, language: str = "text") -> str:
    """Write `text` as a code block, behind a fence longer than any run of backticks in it.

    It is indented by two spaces, which a renderer takes off again: no line of `text` can look like a heading or a fence
    of the page to a tool that reads it line by line.
    """
    ticks = "`" * max(3, _longest_run(text) + 1)
    return "\n".join(f"  {line}".rstrip() for line in (f"{ticks}{language}", *text.splitlines(), ticks))


def clipped(text: str, limit: int) -> str:
    """Cut `text` to about `limit` characters at most, and say how many were left out."""
    text = text.strip("\n")
    rest = len(text) - limit
    return text if rest <= 40 else f"{text[:limit].rstrip()}\n[... {rest:,} more characters]"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
