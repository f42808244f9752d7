"""What a dataset holds: examples, infills, comparisons, rated replies and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["Comparison", "Example", "Infill", "Message", "Rated", "Record", "Task", "Verification", "is_learned"]

Message: TypeAlias = dict[str, Any]
Verification: TypeAlias = Literal["executed", "parsed", "imported", "none"]


def is_learned(message: Mapping[str, Any]) -> bool:
    """Tell whether a message is an assistant turn that its row's author did not exclude with `weight` 0."""
    return message["role"] == "assistant" and message.get("weight") != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What every record carries beside its content.

    `category` and `subcategory` say what it teaches, `group` is the unit a split never divides (repository + function),
    `provenance` where it comes from, `verification` how its claims were checked. `id` is the hash of the content
    alone (`vibecoder.dataset.records.content_id`), so the same content is the same record whatever its labels.
    """

    id: str = ""
    category: str = "uncategorised"
    subcategory: str = ""
    group: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    verification: Verification = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(_Record):
    """A conversation to imitate: OpenAI-style `messages`, tool-call `arguments` as dicts, and the offered `tools`.

    An assistant turn with `"weight": 0` is context and not learned.
    """

    messages: Sequence[Message]
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Infill(_Record):
    """A span of a file to fill in: `prefix + middle + suffix` is the file, byte for byte.

    `context` holds other files of the same `repository` that are shown before it, `{"path": ..., "text": ...}` each.
    """

    prefix: str
    middle: str
    suffix: str
    path: str = ""
    repository: str = ""
    context: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(_Record):
    """Two replies to one conversation, `chosen` better than `rejected`."""

    messages: Sequence[Message]
    chosen: Sequence[Message]
    rejected: Sequence[Message]
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(_Record):
    """One reply to a conversation with a thumb: `label` is True for up."""

    messages: Sequence[Message]
    completion: Sequence[Message]
    label: bool
    tools: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(_Record):
    """A prompt whose replies a reward function can score; `reference` is whatever that function needs."""

    messages: Sequence[Message]
    reference: Mapping[str, Any]
    tools: Sequence[Mapping[str, Any]] = ()


Record: TypeAlias = Example | Infill | Comparison | Rated | Task
