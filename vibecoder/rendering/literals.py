"""Keeps control tokens that are spelled in a conversation's own text away from the template and the tokenizer.

Before a template is rendered, every such spelling in the conversation is replaced by one stand-in character that
templates pass through untouched; afterwards the stand-ins are replaced by what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering.shadow import any_of

__all__ = ["STAND_IN", "Escapes", "Literals"]

# Stand-ins are rare ideographs (CJK Extension B), not private-use characters: Python's `repr`, which a template uses
# when it prints a dict, escapes private-use characters; case filters and `trim` leave ideographs alone.
_LOW, _HIGH = 0x20000, 0x2A6DD
STAND_IN = re.compile(f"[{chr(_LOW)}-{chr(_HIGH)}]")


class Literals:
    """What must be escaped, for one set of control tokens."""

    def __init__(self, controls: Iterable[str]) -> None:
        spelled = [text for text in controls if text]
        self.whole = re.compile(f"{any_of(spelled).pattern}|{STAND_IN.pattern}|[\ufdd0-\ufdef]")
        # A text that ends in half a token could be completed by what a template writes next, or begin with the rest.
        cuts = [(text[:length], text[length:]) for text in spelled for length in range(1, len(text))]
        self.opening = re.compile(rf"\s*({any_of({end for _, end in cuts}).pattern})")
        self.closing = re.compile(rf"({any_of({start for start, _ in cuts}).pattern})\s*\Z")
        self.longest = max(map(len, spelled), default=0)


class Escapes:
    """The stand-ins of one conversation."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals
        self._stand_ins: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._next = _LOW

    def take(self) -> str:
        """A stand-in character that this conversation does not use yet."""
        self._next += 1
        if self._next > _HIGH:
            raise DataError("the conversation spells too many different control tokens; split it")
        return chr(self._next - 1)

    def escape(self, value: Any) -> Any:
        """A copy of a JSON value whose strings, keys included, have their literals replaced by stand-ins."""
        if isinstance(value, str):
            return self._escape_text(value)
        if isinstance(value, dict):
            return {self.escape(key): self.escape(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.escape(item) for item in value]
        return value

    def original(self, character: str) -> str:
        """What a stand-in stands for; any other character is itself."""
        return self._originals.get(character, character)

    def _escape_text(self, text: str) -> str:
        text = self._literals.whole.sub(lambda match: self._stand_in(match[0]), text)
        if opening := self._literals.opening.match(text):
            text = text[: opening.start(1)] + self._stand_in(opening[1]) + text[opening.end(1) :]
        tail = max(0, len(text.rstrip()) - self._literals.longest)
        if closing := self._literals.closing.search(text, tail):
            text = text[: closing.start(1)] + self._stand_in(closing[1]) + text[closing.end(1) :]
        return text

    def _stand_in(self, literal: str) -> str:
        if literal not in self._stand_ins:
            self._stand_ins[literal] = stand_in = self.take()
            self._originals[stand_in] = literal
        return self._stand_ins[literal]
