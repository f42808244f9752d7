"""Whether versions of a Python file parse, by parsing only the functions and classes that were not seen before.

A text that is cut at line starts is correct if each piece is correct alone: after a whole piece the tokenizer is back
at its start, with no open bracket, string or indentation. So it does not matter where a file is cut; where a piece is
not correct alone, the whole file is parsed.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import pairwise

from vibecoder_datasets.importers.git_syntax import python_tree

__all__ = ["PythonVersions", "pieces"]

_MOST = 8 << 20
"""Bytes of correct pieces that are remembered."""
_START = re.compile(rb"^(?=@|def |class |async def )", re.MULTILINE)
_CODING = re.compile(rb"\A[^\n]*\n?[^\n]*coding[:=]")


class PythonVersions:
    """Remembers the correct pieces of the files asked about most recently."""

    def __init__(self) -> None:
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._size = 0

    def parses(self, content: bytes) -> bool:
        """Whether a file with this content is correct."""
        found = pieces(content)
        if len(found) > 1 and not any(map(_CODING.match, found)) and all(map(self._is_good, found)):
            return True
        return self._is_good(content)

    def _is_good(self, piece: bytes) -> bool:
        if piece in self._good:
            self._good.move_to_end(piece)
            return True
        try:
            python_tree(piece)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        self._good[piece] = None
        self._size += len(piece)
        while self._size > _MOST:
            self._size -= len(self._good.popitem(last=False)[0])
        return True


def pieces(content: bytes) -> list[bytes]:
    """The content cut before functions, classes and decorators in the first column, but not behind a decorator."""
    starts = [match.start() for match in _START.finditer(content)]
    cuts = [at for at in starts if not content.startswith(b"@", content.rfind(b"\n", 0, max(0, at - 1)) + 1) or at == 0]
    edges = [0, *(at for at in cuts if at), len(content)]
    return [content[start:end] for start, end in pairwise(edges)]
