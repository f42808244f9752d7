"""The tools that read, search and edit the files of a workspace."""

from __future__ import annotations

import fnmatch
import re

from vibecoder.system.units import counted
from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.tools.programs import clipped

__all__ = ["edit_file", "glob", "grep", "list_files", "read_file", "write_file"]

MAX_LINES = 14
MAX_HITS = 6


def read_file(workspace: Workspace, path: str, start: int = 1, end: int | None = None) -> str:
    """Return lines `start` to `end` (1-based, both included), `MAX_LINES` of them where no end is given."""
    lines = workspace.text(path).splitlines()
    if start > len(lines) or start < 1:
        raise ToolError(f"error: {path} has {len(lines)} lines, there is no line {start}")
    last = min(len(lines), end if end is not None else start + MAX_LINES - 1)
    shown = "\n".join(lines[start - 1 : last])
    return f"{shown}\n[lines {start}-{last} of {len(lines)}]"


def grep(workspace: Workspace, pattern: str, path: str | None = None) -> str:
    """Return the lines that match a regular expression, as `path:line:text`, and how many there are."""
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise ToolError(f"error: bad pattern: {error}") from error
    hits = [
        (file, f"{file}:{number}:{clipped(line.strip())}")
        for file in workspace.under(path)
        for number, line in enumerate(workspace.text(file).splitlines(), 1)
        if wanted.search(line)
    ]
    if not hits:
        return "no matches"
    shown = [text for _, text in hits[:MAX_HITS]]
    if len(hits) > MAX_HITS:
        shown.append("...")
    return "\n".join(
        [*shown, f"[{counted(len(hits), 'match', 'matches')} in {counted(len({f for f, _ in hits}), 'file')}]"]
    )


def glob(workspace: Workspace, pattern: str) -> str:
    """Return the paths that match a shell pattern; `**/` stands for any folders, none included."""
    expression = fnmatch.translate(pattern).replace(r".*.*/", r"(?:.*/)?").replace(r"(?>.*?/).*/", r"(?:.*/)?")
    found = [path for path in workspace.files if re.match(expression, path)]
    if not found:
        return "no files"
    more = ["..."] if len(found) > MAX_HITS else []
    return "\n".join([*found[:MAX_HITS], *more, f"[{counted(len(found), 'file')}]"])


def list_files(workspace: Workspace, path: str) -> str:
    """Return the names directly in a folder, folders first and with a slash."""
    name = "" if path in (".", "") else path.rstrip("/") + "/"
    below = [file[len(name) :] for file in workspace.under(path) if file.startswith(name)]
    if not below:
        raise ToolError(f"error: {path} is a file, not a folder")
    folders = sorted({rest.split("/")[0] + "/" for rest in below if "/" in rest})
    files = sorted(rest for rest in below if "/" not in rest)
    entries = [*folders, *files]
    more = ["..."] if len(entries) > 3 * MAX_HITS else []
    totals = [counted(len(folders), "folder")] * bool(folders) + [counted(len(files), "file")] * bool(files)
    return "\n".join([*entries[: 3 * MAX_HITS], *more, f"[{', '.join(totals)}]"])


def edit_file(workspace: Workspace, path: str, old: str, new: str) -> str:
    """Replace `old`, which must occur exactly once, by `new`."""
    text = workspace.text(path)
    count = text.count(old)
    if count != 1:
        reason = "is not in" if count == 0 else f"occurs {count} times in"
        raise ToolError(f"error: the old text {reason} {path}")
    workspace.write(path, text.replace(old, new))
    return f"edited {path}"


def write_file(workspace: Workspace, path: str, content: str) -> str:
    """Create a file or replace it."""
    existed = path in workspace.files
    workspace.write(path, content)
    return f"{'replaced' if existed else 'created'} {path} ({counted(len(content.splitlines()), 'line')})"
