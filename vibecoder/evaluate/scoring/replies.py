"""Finds the parts of a reply: its fenced blocks, its code, its diff."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Block", "blocks", "code_of", "diff_of"]

_FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)[^\n`]*\n(?P<text>.*?)^(?P=mark)[ \t]*$", re.M | re.S
)
_DIFF_LINE = re.compile(r"^(diff --git |--- |\+\+\+ |@@ |index [0-9a-f]|new file mode|deleted file mode|[ +\-\\])")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language in lower case, maybe empty, and its text."""

    language: str
    text: str


def blocks(reply: str) -> list[Block]:
    """Find the closed fenced blocks of a reply, in order."""
    return [Block(found["language"].lower(), found["text"]) for found in _FENCE.finditer(f"{reply}\n")]


def code_of(reply: str, languages: tuple[str, ...] = ("python", "py", "python3", "")) -> str:
    """Return a reply's code: its fenced blocks in one of the `languages`, joined; all of it where none is fenced.

    A fence that is never closed counts to the end.
    """
    found = [block.text for block in blocks(reply) if block.language in languages]
    if found:
        return "\n".join(found)
    opened = re.search(r"^```[ \t]*[\w+#.-]*[ \t]*\n(.*)", reply, re.M | re.S)
    return opened[1] if opened and not blocks(reply) else "" if blocks(reply) else reply


def diff_of(reply: str) -> str:
    """Return the unified diff of a reply, fenced or bare, as `git apply` reads it; empty where there is none."""
    fenced = [block.text for block in blocks(reply) if block.language in ("diff", "patch", "")]
    for text in [*fenced, reply]:
        lines = text.splitlines()
        start = next((at for at, line in enumerate(lines) if line.startswith(("diff --git ", "--- "))), None)
        if start is None:
            continue
        end = start
        while end < len(lines) and (_DIFF_LINE.match(lines[end]) or not lines[end]):
            end += 1
        return "\n".join(lines[start:end]).rstrip("\n") + "\n"
    return ""
