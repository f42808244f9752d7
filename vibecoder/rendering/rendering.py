"""A rendered conversation and the control tokens in it; cuts never fall inside one of those."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Rendering", "shared", "shared_end"]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered conversation: `text`, and where the control tokens in it begin and end, in order."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str, control: re.Pattern[str]) -> Rendering:
        matches = list(control.finditer(text))
        return cls(text, [match.start() for match in matches], [match.end() for match in matches])

    def whole(self, position: int) -> int:
        """Return `position`, or the start of the control token, or of the bracket, that it cuts in two.

        A prompt that begins to think, `<think>`, and a reply that calls at once, `<TOOLCALL>`, share a bracket.
        """
        index = bisect_right(self.ends, position)
        if index < len(self.starts) and self.starts[index] < position:
            return self.starts[index]
        is_cut = position < len(self.text) and self.text[position - 1 : position] in ("<", "[")
        return position - 1 if is_cut and position not in self.ends else position

    def closed(self, start: int, end: int) -> int:
        """Return `end` without the spaces that follow a control token at the end of `start..end`."""
        bare = start + len(self.text[start:end].rstrip())
        return bare if bare > start and self._ends_at(bare) else end

    def token_from(self, position: int) -> tuple[int, int] | None:
        """Find the first control token that begins at or after `position`."""
        index = bisect_left(self.starts, position)
        return (self.starts[index], self.ends[index]) if index < len(self.starts) else None

    def token_before(self, position: int) -> int | None:
        """Find where the last control token that ends at or before `position` ends."""
        index = bisect_right(self.ends, position)
        return self.ends[index - 1] if index else None

    def _ends_at(self, position: int) -> bool:
        index = bisect_left(self.ends, position)
        return index < len(self.ends) and self.ends[index] == position


def shared(one: str, other: str) -> int:
    """Return the length of the longest common prefix, by bisection: slices compare faster than characters."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def shared_end(one: str, other: str) -> str:
    """Return the longest text that both end with."""
    return one[len(one) - shared(one[::-1], other[::-1]) :]
