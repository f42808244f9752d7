"""Read the attachments of a session: files given with `@`, prompts typed while the assistant worked, and the rest.

Claude Code writes them as lines of the type `attachment`; most kinds only remind the model of something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibecoder_datasets.importers.claude.envelopes import fenced

__all__ = ["Attachment", "read_attachment"]

_FILES = ("file", "already_read_file", "directory", "mcp_resource", "selected_lines_in_ide")
_UNREADABLE = ("image", "pdf", "pdf_reference", "document", "audio", "video")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Holds what an attachment gives: `text` beside the prompt, or a prompt of its own as `queued` blocks.

    `lost`: it gives something that cannot be kept. `is_event`: it asks for something in another's name.
    """

    text: str = ""
    queued: list[Any] = field(default_factory=list)
    lost: bool = False
    is_event: bool = False


def read_attachment(given: Mapping[str, Any]) -> Attachment:
    """Read one attachment; kinds that only remind the model give nothing."""
    kind = given.get("type")
    if kind == "queued_command":
        return _queued(given)
    if kind in _UNREADABLE:
        return Attachment(lost=True)
    if kind not in _FILES:
        return Attachment()
    name = next((given[key] for key in ("filename", "path", "uri") if isinstance(given.get(key), str)), "")
    text = _content(given.get("content"))
    if text is None:
        return Attachment(lost=kind != "already_read_file")
    if kind == "selected_lines_in_ide":
        name = f"{name}, lines {given.get('lineStart')} to {given.get('lineEnd')}"
    return Attachment(fenced(f"{name}:", text))


def _queued(given: Mapping[str, Any]) -> Attachment:
    origin = given.get("origin")
    by_human = not isinstance(origin, Mapping) or origin.get("kind") in (None, "human")
    if given.get("commandMode") not in (None, "prompt") or not by_human or given.get("isMeta"):
        return Attachment(is_event=True)
    prompt = given.get("prompt")
    if isinstance(prompt, str):
        return Attachment(queued=[{"type": "text", "text": prompt}])
    return Attachment(queued=prompt) if isinstance(prompt, list) else Attachment(lost=True)


def _content(content: Any) -> str | None:
    """Return the text of a file, a folder or a resource; None if it is none or not all text."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if content.get("type") not in (None, "text"):
            return None
        inner = next((content[key] for key in ("file", "content", "text", "contents") if key in content), None)
        return _content(inner)
    if isinstance(content, list) and content:
        texts = [_content(part) for part in content]
        return None if None in texts else "\n".join(filter(None, texts))
    return None
