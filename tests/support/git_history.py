"""Git repositories made in one go by `git fast-import`, with whatever names, modes and parents a test needs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["History", "git"]


def git(repo: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    """The output of a git command in `repo`."""
    return subprocess.run(["git", "-C", str(repo), *arguments], input=stdin, capture_output=True, check=True).stdout


class History:
    """Commits to be, one a mark; `write` makes the repository."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._marks = 0

    def commit(
        self,
        message: str | bytes,
        files: Mapping[str | bytes, bytes | None] = {},
        *,
        parents: Sequence[int] | None = None,
        modes: Mapping[str, str] = {},
        renames: Mapping[str, str] = {},
        author: str = "Ada",
    ) -> int:
        """Add a commit on top of the last one (or of `parents`); None removes a file. Its mark, from 1."""
        self._marks += 1
        parents = [self._marks - 1] if parents is None and self._marks > 1 else (parents or [])
        text = message.encode() if isinstance(message, str) else message
        who = f"{author} <ada@example.org> {1_700_000_000 + 60 * self._marks} +0000\n"
        part = [f"commit refs/heads/main\nmark :{self._marks}\nauthor {who}committer {who}".encode()]
        part.append(b"data %d\n%s\n" % (len(text), text))
        part += [f"{'merge' if n else 'from'} :{parent}\n".encode() for n, parent in enumerate(parents)]
        part += [f"R {_quoted(old).decode()} {_quoted(new).decode()}\n".encode() for old, new in renames.items()]
        for name, content in files.items():
            path = _quoted(name)
            if content is None:
                part.append(b"D " + path + b"\n")
                continue
            mode = modes.get(name, "100644") if isinstance(name, str) else "100644"
            if mode == "160000":
                part.append(b"M 160000 " + content + b" " + path + b"\n")
            else:
                part.append(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path, len(content), content))
        self._parts.append(b"".join(part) + b"\n")
        return self._marks

    def write(self, folder: Path) -> Path:
        """Make the repository in `folder`, checked out where file names allow it."""
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "-q", "-b", "main")
        git(folder, "config", "user.name", "Ada")
        git(folder, "config", "user.email", "ada@example.org")
        git(folder, "fast-import", "--quiet", "--force", stdin=b"".join(self._parts))
        git(folder, "reset", "-q", "--hard", "main")
        return folder


def _quoted(name: str | bytes) -> bytes:
    raw = name.encode() if isinstance(name, str) else name
    escaped = b"".join(bytes([c]) if 32 <= c < 127 and c not in b'"\\' else b"\\%03o" % c for c in raw)
    return b'"' + escaped + b'"'
