"""Turns what changes in a file into calls of `edit_file`, whose old text has to occur exactly once."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder_datasets.code.hunks import Hunk

__all__ = ["replacements"]

NEAR = 2
"""Hunks with at most so many lines between them are one edit."""
MOST_AROUND = 6


def replacements(text: str, hunks: Sequence[Hunk]) -> list[tuple[str, str]] | None:
    """Return each edit's (old, new) in the order they are made, last place first; None where no text is unique."""
    lines = text.splitlines()
    found = []
    for hunk in reversed(_joined(lines, hunks)):
        first, last = hunk.first, max(hunk.last, hunk.first + (hunk.first == hunk.last))
        for _ in range(MOST_AROUND):
            old = "\n".join(lines[first:last])
            if old.strip() and "\n".join(lines).count(old) == 1:
                break
            first, last = max(0, first - 1), min(len(lines), last + 1)
        else:
            return None
        new = [*lines[first : hunk.first], *hunk.lines, *lines[hunk.last : last]]
        found.append((old, "\n".join(new)))
        lines[hunk.first : hunk.last] = hunk.lines
    return found


def _joined(lines: Sequence[str], hunks: Sequence[Hunk]) -> list[Hunk]:
    """Sort hunks and join those near to each other."""
    made: list[Hunk] = []
    for hunk in sorted(hunks, key=lambda hunk: (hunk.first, hunk.last)):
        if made and hunk.first - made[-1].last <= NEAR:
            before = made.pop()
            between = lines[before.last : hunk.first]
            hunk = Hunk(before.first, hunk.last, (*before.lines, *between, *hunk.lines))
        made.append(hunk)
    return made
