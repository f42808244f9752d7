"""Whether versions of a Python file parse, by parsing no more than what differs from a version that does.

A file that is cut where statements begin in the first column is correct if each piece is correct alone: after a whole
piece the tokenizer is back at its start, with no open bracket, string or indentation. So where a known version begins
and ends with the same lines, only the pieces in between are parsed; if they fail, or in any doubt, the whole file is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from vibecoder_datasets.importers.git_patch import lines_of
from vibecoder_datasets.importers.git_syntax import python_tree

__all__ = ["PythonVersions"]

_MOST_LINES = 200_000
"""Lines of files that are remembered."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The lines of a correct file, and those, from 0, at which its pieces begin."""

    lines: list[bytes]
    starts: list[int]


class PythonVersions:
    """Remembers the last correct version of the files asked about most recently."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, _Known] = OrderedDict()
        self._lines = 0

    def parses(self, path: str, content: bytes) -> bool:
        """Whether the file at `path` is correct with this content."""
        lines, known = lines_of(content), self._files.pop(path, None)
        self._lines -= len(known.lines) if known else 0
        starts = _updated(known, lines) if known and _is_plain(content) else None
        if starts is None:
            starts = _pieces(content, _is_plain(content))
        if starts is None:
            return False
        self._files[path] = _Known(lines, starts)
        self._lines += len(lines)
        while self._lines > _MOST_LINES:
            self._lines -= len(self._files.popitem(last=False)[1].lines)
        return True


def _is_plain(content: bytes) -> bool:
    """Whether Python and git divide the lines alike, each has its end, and no line declares an encoding."""
    odd = (b"\r" in content, b"\f" in content, b"\0" in content, b"coding" in content[:400])
    return content.endswith(b"\n") and not any(odd)


def _pieces(content: bytes, cut: bool = True) -> list[int] | None:
    """The lines at which pieces begin, the first alone if not to `cut`; None where the text is not correct."""
    try:
        tree = python_tree(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    starts = {0}
    lines = content.split(b"\n")
    for node in tree.body if cut else ():
        decorators = getattr(node, "decorator_list", ())
        at = (decorators[0].lineno if decorators else node.lineno) - 1
        if node.col_offset == 0 and (lines[at].startswith(b"@") or not decorators):
            starts.add(at)
    return sorted(starts)


def _updated(known: _Known, lines: Sequence[bytes]) -> list[int] | None:
    """Where the pieces of a new version begin; None if what changed is not correct alone."""
    old, starts = known.lines, known.starts
    same = min(len(old), len(lines))
    head = next((at for at in range(same) if old[at] != lines[at]), same)
    if head == len(old) == len(lines):
        return starts
    tail = next((at for at in range(same - head) if old[-1 - at] != lines[-1 - at]), same - head)
    first = max(0, bisect_right(starts, max(0, head - 1)) - 1)  # the piece of the last line that is the same
    last = bisect_left(starts, len(old) - tail)
    shift = len(lines) - len(old)
    begin, end = starts[first], (starts[last] + shift if last < len(starts) else len(lines))
    found = _pieces(b"".join(lines[begin:end]))
    if found is None:
        return None
    return [*starts[:first], *(begin + at for at in found), *(start + shift for start in starts[last:])]
