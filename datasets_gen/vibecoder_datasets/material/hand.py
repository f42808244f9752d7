"""The material of one unit of work: items dealt in a shuffled order, until all are dealt twice or used up."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["Hand", "OutOfMaterial"]

T = TypeVar("T")


class OutOfMaterial(Exception):
    """There is nothing left to build a row on."""


class Hand(Generic[T]):
    """Deals `items` in a shuffled order, again and again, leaving out those for which `is_used_up` holds.

    Those for which `is_own` holds come before the others; `dealt` are the items since it was last cleared.
    """

    def __init__(
        self,
        rng: random.Random,
        items: Sequence[T],
        is_used_up: Callable[[T], bool] = lambda _: False,
        is_own: Callable[[T], bool] = lambda _: True,
    ):
        self._rng = rng
        self._items = list(items)
        self._is_used_up = is_used_up
        self._is_own = is_own
        self._left: list[T] = []
        self.dealt: list[T] = []

    def draw(self) -> T:
        """The next item.

        Raises:
            OutOfMaterial: there is none, or all are used up.
        """
        for _ in range(2):
            while self._left:
                item = self._left.pop()
                if not self._is_used_up(item):
                    self.dealt.append(item)
                    return item
            self._left = list(self._items)
            self._rng.shuffle(self._left)
            self._left.sort(key=self._is_own)  # drawn from the end
        raise OutOfMaterial

    def __len__(self) -> int:
        return len(self._items)
