"""Session logs as Claude Code writes them: one content block a line, linked by `parentUuid`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CWD = "/home/jane/code/shop"


class SessionLog:
    """Collects the lines of a log; each method adds one or more and remembers the last as the next one's parent."""

    def __init__(self, session: str = "s1", cwd: str = CWD) -> None:
        self.session, self.cwd = session, cwd
        self.lines: list[str] = []
        self.parent: str | None = None
        self.count = 0

    def line(self, kind: str, message: dict[str, Any] | None = None, parent: str | None = "", **more: Any) -> str:
        self.count += 1
        uuid = f"{self.session}-{self.count}"
        row = {"parentUuid": self.parent if parent == "" else parent, "isSidechain": False, "cwd": self.cwd,
               "sessionId": self.session, "version": "2.1.0", "type": kind, "uuid": uuid,
               **({"message": message} if message else {}), **more}  # fmt: skip
        self.lines.append(json.dumps(row))
        self.parent = uuid
        return uuid

    def user(self, content: str | list[Any], **more: Any) -> str:
        return self.line("user", {"role": "user", "content": content}, **more)

    def typed(self, *texts: str, **more: Any) -> str:
        """A prompt of several blocks, as editors write it."""
        return self.user([{"type": "text", "text": text} for text in texts], **more)

    def attached(self, kind: str, **given: Any) -> str:
        return self.line("attachment", attachment={"type": kind, **given})

    def block(self, message: str, block: dict[str, Any], **more: Any) -> str:
        said = {"id": message, "type": "message", "role": "assistant", "model": "claude-x", "content": [block]}
        return self.line("assistant", said, **more)

    def says(self, text: str, message: str | None = None, **more: Any) -> str:
        return self.block(message or f"msg-{self.count}", {"type": "text", "text": text}, **more)

    def calls(self, name: str, given: dict[str, Any], message: str | None = None, **more: Any) -> str:
        call = f"toolu-{self.session}-{self.count}"
        self.block(
            message or f"msg-{self.count}", {"type": "tool_use", "id": call, "name": name, "input": given}, **more
        )
        return call

    def result(self, call: str, content: Any, is_error: bool = False, **more: Any) -> str:
        block = {"type": "tool_result", "tool_use_id": call, "content": content, "is_error": is_error}
        return self.line("user", {"role": "user", "content": [block]}, **more)

    def does(self, name: str, given: dict[str, Any], content: Any, is_error: bool = False) -> None:
        self.result(self.calls(name, given), content, is_error)

    def write(self, folder: Path, end: str = "\n") -> Path:
        path = folder / "-home-jane-code-shop" / f"{self.session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(self.lines) + end)
        return path
