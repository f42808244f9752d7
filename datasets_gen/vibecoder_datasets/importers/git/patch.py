"""Git's patches: read into hunks, applied strictly, checked against the blob they must give, written in least words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["FilePatch", "Hunk", "PatchError", "blob_id", "lines_of", "read_patch"]

_RANGE = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_END = b"\\ No newline at end of file\n"


class PatchError(ValueError):
    """Raised for a patch that is not what git writes, or does not fit its file."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Holds the lines of a hunk with signs and ends, at 1-based `start` of the file before (0: before all lines)."""

    start: int
    lines: tuple[bytes, ...]
    header: bytes

    @property
    def before(self) -> list[bytes]:
        """Return the lines that must be there."""
        return _side(self.lines, b"-")

    @property
    def after(self) -> list[bytes]:
        """Return the lines that come instead."""
        return _side(self.lines, b"+")

    @property
    def changed(self) -> int:
        """Return lines added and removed."""
        return sum(line[:1] in (b"+", b"-") for line in self.lines)

    @property
    def extent(self) -> tuple[int, int]:
        """First and last line, from 1, that it shows of the file before; the last is one less where it shows none."""
        count = len(self.before)
        first = self.start if count else self.start + 1
        return first, first + count - 1


@dataclass(frozen=True, slots=True)
class FilePatch:
    """Describes the patch of one file: git's extended header lines, and its hunks.

    None for a binary file or a pure rename.
    """

    extended: tuple[bytes, ...]
    names: tuple[bytes, bytes]
    hunks: tuple[Hunk, ...]
    is_binary: bool

    @property
    def changed(self) -> int:
        """Return lines added and removed."""
        return sum(hunk.changed for hunk in self.hunks)

    def apply(self, before: bytes) -> bytes:
        """Return the file after.

        Raises:
            PatchError: a line is not where the patch says.
        """
        lines, made, at = lines_of(before), [], 0
        for hunk in self.hunks:
            first, last = hunk.extent
            if first - 1 < at or lines[first - 1 : last] != hunk.before:
                raise PatchError(f"the hunk at line {first} does not fit")
            made += [*lines[at : first - 1], *hunk.after]
            at = last
        return b"".join([*made, *lines[at:]])

    def text(self) -> bytes:
        """Return the patch as `git apply` takes it, without blob ids.

        A rename, a new and a removed file keep their header.
        """
        kept = [line for line in self.extended if not line.startswith((b"index ", b"similarity ", b"dissimilarity "))]
        parts = kept if len(kept) > 1 else []
        if self.hunks:
            parts = [*parts, b"--- " + self.names[0], b"+++ " + self.names[1]]
        for hunk in self.hunks:
            parts.append(hunk.header)
            parts += [line if line.endswith(b"\n") else line + b"\n" + _NO_END for line in hunk.lines]
        return b"".join(parts)


def read_patch(lines: Sequence[bytes]) -> list[FilePatch]:
    """Return the files of a patch in git's order.

    Raises:
        PatchError: a line is none that git writes.
    """
    starts = [at for at, line in enumerate(_outside(lines)) if line.startswith(b"diff --git ")]
    return [_file(lines[start:end]) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def blob_id(content: bytes, like: str) -> str:
    """Git's name of a blob, by the hash that `like` is one of (SHA-1, or SHA-256 of 64 digits)."""
    digest = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(content) + content).hexdigest()


def lines_of(content: bytes) -> list[bytes]:
    """Return lines with their ends, as git divides them: at newlines alone."""
    parts = content.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _outside(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines with those inside hunks blanked, so that no content is taken for a header."""
    left = [0, 0]
    for line in lines:
        if left[0] > 0 or left[1] > 0:
            sign = line[:1]
            left = [left[0] - (sign in (b" ", b"-")), left[1] - (sign in (b" ", b"+"))]
            yield b""
        else:
            found = _RANGE.match(line)
            left = [int(found[2] or 1), int(found[4] or 1)] if found else [0, 0]
            yield line


def _file(lines: Sequence[bytes]) -> FilePatch:
    at = next(
        (n for n, line in enumerate(lines) if line.startswith((b"--- ", b"Binary files ", b"GIT binary"))), len(lines)
    )
    extended = tuple(lines[:at])
    if at == len(lines):
        return FilePatch(extended, (b"", b""), (), False)
    if not lines[at].startswith(b"--- "):
        return FilePatch(extended, (b"", b""), (), True)
    names = (lines[at][4:], lines[at + 1][4:])
    hunks, at = [], at + 2
    while at < len(lines):
        found = _RANGE.match(lines[at])
        if not found:
            raise PatchError("a line that is no part of a patch")
        old, new = int(found[2] or 1), int(found[4] or 1)
        header = found[0] + b"\n"
        body: list[bytes] = []
        at += 1
        while at < len(lines) and (old or new or lines[at].startswith(b"\\")):
            line = lines[at]
            if line.startswith(b"\\"):
                body[-1] = body[-1][:-1]
            else:
                old, new = old - (line[:1] in (b" ", b"-")), new - (line[:1] in (b" ", b"+"))
                body.append(line)
            at += 1
        hunks.append(Hunk(int(found[1]), tuple(body), header))
    return FilePatch(extended, names, tuple(hunks), False)


def _side(lines: Sequence[bytes], sign: bytes) -> list[bytes]:
    return [line[1:] for line in lines if line[:1] in (b" ", sign)]
