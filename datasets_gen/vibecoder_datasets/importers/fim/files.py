"""Lists the code files of one commit, and reads their text with the encoding that gives the same bytes back."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder_datasets.importers.git.paths import language, refusal
from vibecoder_datasets.importers.git.repo import Repository
from vibecoder_datasets.importers.git.stream import running

__all__ = ["Entry", "decoded", "entries"]

_SMALLEST = 40
_NOT_CODE = frozenset({"", "json", "toml", "yaml", "markdown", "rst", "text", "ini"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Describes a file of a commit: its path, the id and the size in bytes of its blob.

    `reason` says why it is left out.
    """

    path: str
    blob: str
    size: int
    reason: str = ""


def entries(repo: Repository, largest: int) -> Iterator[Entry]:
    """Yield the files of the repository's head, with the reason for those of no use."""
    with running(repo, "ls-tree", "-r", "-z", "-l", "--full-tree", repo.head) as process:
        assert process.stdout
        rest = b""
        while chunk := process.stdout.read(1 << 16):
            *found, rest = (rest + chunk).split(b"\0")
            for line in found:
                head, _, name = line.partition(b"\t")
                mode, _, blob, size = head.decode("ascii").split()
                path = name.decode("utf-8", "replace")
                number = int(size) if size.isdecimal() else 0
                yield Entry(path, blob, number, _refusal(mode, name, path, number, largest))


def decoded(path: str, content: bytes) -> tuple[str, str] | None:
    """Return the text and its encoding, which gives back the same bytes; None for what is no text.

    UTF-8 (a byte-order mark stays in the text), else what a Python file declares, else latin-1 if it looks like that.
    """
    if b"\0" in content:
        return None
    names = ["utf-8"]
    if language(path) == "python":
        try:
            declared = tokenize.detect_encoding(io.BytesIO(content).readline)[0]
        except (SyntaxError, UnicodeDecodeError):
            declared = "latin-1"
        names = [name for name in (declared, "utf-8") if name != "utf-8-sig"] or ["utf-8"]
    if not any(byte in content for byte in range(0x80, 0xA0)):
        names.append("latin-1")
    for name in names:
        try:
            text = content.decode(name)
            if text.encode(name) == content:
                return text, name
        except (UnicodeError, LookupError):
            continue
    return None


def _refusal(mode: str, name: bytes, path: str, size: int, largest: int) -> str:
    if mode == "160000":
        return "a submodule"
    if mode == "120000":
        return "a symbolic link"
    if path.encode() != name:
        return "a name that is not UTF-8"
    reason = refusal(path)
    if reason:
        return reason
    if language(path) in _NOT_CODE:
        return "not code"
    return "too short" if size < _SMALLEST else f"over {largest} bytes" if size > largest else ""
