"""Shows a file as it was: all of a short one, else the numbered parts around a patch."""

from __future__ import annotations

from collections.abc import Sequence

from vibecoder_datasets.importers.git.patch import Hunk, lines_of

__all__ = ["excerpt"]

_WHOLE = 60
_AROUND = 8


def excerpt(path: str, before: bytes, hunks: Sequence[Hunk]) -> str:
    """Return `File: PATH (lines A-B of N)` and these lines between <BEFORE> tags, for each part that the hunks need.

    Raises:
        UnicodeDecodeError: the file is not UTF-8.
    """
    lines = lines_of(before)
    if not lines:
        return f"File: {path} (empty)"
    windows = [(1, len(lines))] if len(lines) <= _WHOLE else _windows(hunks, len(lines))
    parts = []
    for first, last in windows:
        body = b"".join(lines[first - 1 : last]).decode()
        where = (
            f"all {len(lines)} lines" if (first, last) == (1, len(lines)) else f"lines {first}-{last} of {len(lines)}"
        )
        end = "" if body.endswith("\n") else "\n"
        parts.append(f"File: {path} ({where})\n<BEFORE>\n{body}{end}</BEFORE>")
    return "\n\n".join(parts)


def _windows(hunks: Sequence[Hunk], total: int) -> list[tuple[int, int]]:
    """Line ranges around the hunks, those that meet made one."""
    found: list[tuple[int, int]] = []
    for hunk in hunks:
        first, last = hunk.extent
        first, last = max(1, first - _AROUND), min(total, last + _AROUND)
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
