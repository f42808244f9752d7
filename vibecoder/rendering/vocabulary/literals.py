"""Keeps control tokens that are spelled in a conversation's own text away from the template and the tokenizer.

Before a template is rendered, every such spelling in the conversation is replaced by one stand-in character that
templates pass through untouched; afterwards the stand-ins are replaced by what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from vibecoder.errors import DataError
from vibecoder.rendering.vocabulary.shadow import any_of

__all__ = ["STAND_IN", "Escapes", "Literals"]

# Stand-ins are rare ideographs (CJK Extension B), not private-use characters: Python's `repr`, which a template uses
# when it prints a dict, escapes private-use characters; case filters and `trim` leave ideographs alone.
_LOW, _HIGH = 0x20000, 0x2A6DD
_SHORT, _REMEMBERED = 200, 100_000
STAND_IN = re.compile(f"[{chr(_LOW)}-{chr(_HIGH)}]")


class Literals:
    """What must be escaped, for one set of control tokens."""

    def __init__(self, controls: Iterable[str]) -> None:
        spelled = [text for text in controls if text]
        self.whole = re.compile(f"{any_of(spelled).pattern}|{STAND_IN.pattern}|[\ufdd0-\ufdef]")
        self._heads = {text[:length] for text in spelled for length in range(1, len(text))}
        self._tails = {text[length:] for text in spelled for length in range(1, len(text))}
        self._longest = max(map(len, spelled), default=0)
        self._plain: set[str] = set()

    def is_plain(self, text: str) -> bool:
        """Tell whether nothing in `text` has to be escaped; short texts, which rows repeat, are remembered."""
        if text in self._plain:
            return True
        bare = text.strip()
        if self.whole.search(text) or self.opening(bare) or self.closing(bare):
            return False
        if len(text) <= _SHORT and len(self._plain) < _REMEMBERED:
            self._plain.add(text)
        return True

    def opening(self, text: str) -> int:
        """Count the characters of a token's end that `text` begins with."""
        return next((length for length in self._lengths(text) if text[:length] in self._tails), 0)

    def closing(self, text: str) -> int:
        """Count the characters of a token's beginning that `text` ends with."""
        return next((length for length in self._lengths(text) if text[-length:] in self._heads), 0)

    def _lengths(self, text: str) -> range:
        return range(min(len(text), self._longest), 0, -1)


class Escapes:
    """The stand-ins of one conversation."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals
        self._stand_ins: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._next = _LOW

    def take(self) -> str:
        """Give a stand-in character that this conversation does not use yet."""
        self._next += 1
        if self._next > _HIGH:
            raise DataError("the conversation spells too many different control tokens; split it")
        return chr(self._next - 1)

    def escape(self, value: Any) -> Any:
        """Copy a JSON value, with the literals in its strings, keys included, replaced by stand-ins."""
        if isinstance(value, str):
            return self._escape_text(value)
        if isinstance(value, dict):
            return {self.escape(key): self.escape(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.escape(item) for item in value]
        return value

    def original(self, character: str) -> str:
        """Return what a stand-in stands for; any other character is itself."""
        return self._originals.get(character, character)

    def _escape_text(self, text: str) -> str:
        if self._literals.is_plain(text):
            return text
        text = self._literals.whole.sub(lambda match: self._stand_in(match[0]), text)
        # A text that ends in half a token could be completed by what a template writes next, or begin with the rest.
        if opening := self._literals.opening(bare := text.lstrip()):
            text = text[: len(text) - len(bare)] + self._stand_in(bare[:opening]) + bare[opening:]
        if closing := self._literals.closing(bare := text.rstrip()):
            text = bare[:-closing] + self._stand_in(bare[-closing:]) + text[len(bare) :]
        return text

    def _stand_in(self, literal: str) -> str:
        if literal not in self._stand_ins:
            self._stand_ins[literal] = stand_in = self.take()
            self._originals[stand_in] = literal
        return self._stand_ins[literal]
