"""Tell what a person typed from what Claude Code and editors wrap around it in the same turn.

Sources: session logs of Claude Code and of its extensions for editors; the format has no specification.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

__all__ = ["REMINDER", "Typed", "fenced", "opened", "unwrapped"]

_CONTINUED = "This session is being continued from a previous conversation"
REMINDER = re.compile(r"\s*<system-reminder>(.*?)</system-reminder>\s*", re.DOTALL)
_EDITOR = re.compile(r"\s*<(ide_\w+|new-diagnostics|[\w-]+-hook)>(.*?)</\1>\s*", re.DOTALL)
_SELECTED = re.compile(
    r"\s*The user selected (?:the )?lines? (\d+)(?: to (\d+))? from (\S[^\n]*?):\n(.*?)"
    r"(?:\n\nThis may or may not be related to the current task\.?)?\s*",
    re.DOTALL,
)
_QUEUED = re.compile(
    r"\s*The user sent (?:the following message|a new message while you were working):\n(.*?)"
    r"(?:\n\n(?:Please address this message|IMPORTANT: ).*)?\s*",
    re.DOTALL,
)
_SHOWN = re.compile(r"\s*Called the \w+ tool with the following input: (\{.*\})\s*", re.DOTALL)
_RESULT = re.compile(r"\s*Result of calling the Read tool:\s*(.*?)\s*", re.DOTALL)
_COMMAND = re.compile(r"<command-(name|message|args|contents)>(.*?)</command-\1>\s*", re.DOTALL)
_BASH = re.compile(r"<bash-(input|stdout|stderr)>(.*?)</bash-\1>\s*", re.DOTALL)
_HIDDEN = ("<local-command-", "<user-memory-input>", "Caveat: The messages below", "[Image: ")
_EVENTS = ("<task-notification>", "<teammate-message", "<agent-message", "<channel", _CONTINUED)


@dataclass(slots=True)
class Typed:
    """Holds the parts of a text of a user's turn.

    `text` is what the person typed, or ran with `!`, with its output; `command` a slash command; `attached` are files
    and selections that came with it; `queued` what was typed while the assistant worked. `is_hidden`: the rest is
    nothing of the person's. `is_event`: it asks for something in another's name.
    """

    text: str = ""
    command: str = ""
    attached: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    is_hidden: bool = False
    is_event: bool = False


def opened(text: str) -> Typed:
    """Take one text of a user's turn out of its envelopes."""
    typed = unwrapped(text)
    text, typed.text = typed.text.strip(), ""
    if shown := _RESULT.fullmatch(text):
        typed.attached.append(_unquoted(shown[1]))
        return typed
    if not text or text.startswith(_HIDDEN) or _SHOWN.fullmatch(text):
        typed.is_hidden = True
        return typed
    if text.startswith(_EVENTS):
        typed.is_event = True
        return typed
    parts = dict(_COMMAND.findall(text))
    if text.startswith("<command-"):
        name = parts.get("name", "").strip().removeprefix("/")
        typed.command = f"/{name} {parts.get('args', '').strip()}".strip() if name else ""
        typed.text = "\n\n".join(filter(None, (parts.get("contents", "").strip(), _COMMAND.sub("", text).strip())))
        typed.is_hidden = not typed.text and not typed.command
        return typed
    if text.startswith("<bash-"):
        typed.text, typed.attached = _ran(dict(_BASH.findall(text)), typed.attached)
        typed.is_hidden = not typed.text and not typed.attached
        return typed
    typed.text = text
    return typed


def unwrapped(text: str) -> Typed:
    """Take reminders and editors' envelopes out of a text, and keep the files, selections and prompts in them."""
    typed = Typed()
    text = _EDITOR.sub(lambda match: _editor(match[2], typed), text)
    typed.text = REMINDER.sub(lambda match: _reminder(match[1], typed), text)
    return typed


def fenced(name: str, text: str) -> str:
    """Return a file's text under its name, in a fence that it does not hold itself."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{name}\n{fence}\n{text.rstrip()}\n{fence}"


def _editor(content: str, typed: Typed) -> str:
    """Keep the selected text of an editor's envelope; the rest says where the person was looking."""
    selected = _SELECTED.fullmatch(content)
    if selected and selected[4].strip():
        lines = f"lines {selected[1]} to {selected[2]}" if selected[2] else f"line {selected[1]}"
        typed.attached.append(fenced(f"{selected[3]}, {lines}:", selected[4]))
    return "\n"


def _reminder(content: str, typed: Typed) -> str:
    if queued := _QUEUED.fullmatch(content):
        typed.queued.append(queued[1].strip())
    elif shown := _RESULT.fullmatch(content):
        typed.attached.append(_unquoted(shown[1]))
    elif selected := _SELECTED.fullmatch(content):
        return _editor(selected[0], typed)
    return "\n"


def _unquoted(text: str) -> str:
    """Return a result that is told as a JSON string, as text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, str) else text


def _ran(parts: dict[str, str], attached: list[str]) -> tuple[str, list[str]]:
    """Return a command that the person ran with `!`, and what it wrote."""
    written = "\n".join(filter(None, (parts.get("stdout", "").strip(), parts.get("stderr", "").strip())))
    command = parts.get("input", "").strip()
    return (f"! {command}" if command else ""), [*attached, *([written] if written else [])]
