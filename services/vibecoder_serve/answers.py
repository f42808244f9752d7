"""Write answers in OpenAI's form: one object, or the events of a stream."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibecoder_serve.replies import Parsed, tool_call

__all__ = ["Answer", "Usage", "event"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a prompt and of the reply to it."""

    prompt: int
    reply: int

    def json(self) -> dict[str, int]:
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.reply,
            "total_tokens": self.prompt + self.reply,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the model `model`; `chat` tells a chat answer from a completion."""

    model: str
    chat: bool = True
    created: int = field(default_factory=lambda: int(time.time()))
    identity: str = field(default_factory=lambda: uuid.uuid4().hex[:24])

    def whole(self, parsed: Parsed, finish: str, usage: Usage) -> dict[str, Any]:
        """Write the whole answer; a repaired call is told of under `vibecoder`."""
        if self.chat:
            message: dict[str, Any] = {"role": "assistant", "content": parsed.content}
            if parsed.calls:
                message["tool_calls"] = [tool_call(call) for call in parsed.calls]
                message["content"] = parsed.content or None
            choice: dict[str, Any] = {"index": 0, "message": message}
        else:
            choice = {"index": 0, "text": parsed.content}
        choice |= {"finish_reason": "tool_calls" if parsed.calls else finish, "logprobs": None}
        kind = "chat.completion" if self.chat else "text_completion"
        return {**self._head(kind), "choices": [choice], "usage": usage.json(), **_told(parsed)}

    def part(self, delta: Mapping[str, Any] | str, finish: str | None = None, parsed: Parsed | None = None) -> str:
        """Write a part of a stream: what is new of a message, or of a text."""
        content = {"delta": delta} if self.chat else {"text": delta}
        choice = {"index": 0, **content, "finish_reason": finish, "logprobs": None}
        kind = "chat.completion.chunk" if self.chat else "text_completion"
        return event({**self._head(kind), "choices": [choice], **(_told(parsed) if parsed else {})})

    def calls(self, parsed: Parsed) -> str:
        """Write the calls of a reply as one part."""
        made = [{"index": at, **tool_call(call)} for at, call in enumerate(parsed.calls)]
        return self.part({"tool_calls": made})

    def usage(self, usage: Usage) -> str:
        """Write the part that has the tokens and no text."""
        kind = "chat.completion.chunk" if self.chat else "text_completion"
        return event({**self._head(kind), "choices": [], "usage": usage.json()})

    def _head(self, kind: str) -> dict[str, Any]:
        prefix = "chatcmpl" if self.chat else "cmpl"
        return {"id": f"{prefix}-{self.identity}", "object": kind, "created": self.created, "model": self.model}


def _told(parsed: Parsed) -> dict[str, Any]:
    if not parsed.repaired:
        return {}
    return {"vibecoder": {"repaired_calls": len(parsed.calls), "form": parsed.repaired}}


def event(value: Any) -> str:
    """Write a server-sent event."""
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
