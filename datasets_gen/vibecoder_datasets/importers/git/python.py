"""Tells whether versions of a Python file parse, by parsing only functions and classes that were not seen before.

A text that is cut at line starts is correct if each piece is correct alone: after a whole piece the tokenizer is back
at its start, with no open bracket, string or indentation. So it does not matter where a file is cut; where a piece is
not correct alone, the whole file is parsed.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import pairwise

from vibecoder_datasets.importers.git.syntax import python_tree

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
        """Tell whether a file with this content is correct."""
        new = [piece for piece in pieces(content) if piece not in self._good]
        if not any(map(_CODING.match, new)) and all(map(self._is_good, new)):
            return True
        return self._is_good(content)

    def _is_good(self, piece: bytes) -> bool:
        try:
            python_tree(piece)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        if piece not in self._good:
            self._good[piece] = None
            self._size += len(piece)
        while self._size > _MOST:
            self._size -= len(self._good.popitem(last=False)[0])
        return True


def pieces(content: bytes) -> list[bytes]:
    """Return the content cut before functions, classes and decorators in column 1, but not behind a decorator."""
    cuts = [match.start() for match in _START.finditer(content)]
    if b"\n@" in content or content.startswith(b"@"):
        cuts = [at for at in cuts if not content.startswith(b"@", content.rfind(b"\n", 0, max(0, at - 1)) + 1)]
    return [content[start:end] for start, end in pairwise([0, *(at for at in cuts if at), len(content)])]
