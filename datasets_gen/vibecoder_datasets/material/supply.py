"""Supplies an expert with the items of its unit of work, shuffled, until all are used up."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["OutOfMaterial", "Supply"]

T = TypeVar("T")


class OutOfMaterial(Exception):
    """Raised when nothing is left to build a row on."""


class Supply(Generic[T]):
    """Draws `items` in a shuffled order, again and again, leaving out those for which `is_used_up` holds.

    Those for which `is_preferred` holds come first; `drawn` are the items since it was last cleared.
    """

    def __init__(
        self,
        rng: random.Random,
        items: Sequence[T],
        is_used_up: Callable[[T], bool] = lambda _: False,
        is_preferred: Callable[[T], bool] = lambda _: True,
    ):
        self._rng = rng
        self._items = list(items)
        self._is_used_up = is_used_up
        self._is_preferred = is_preferred
        self._left: list[T] = []
        self.drawn: list[T] = []

    def draw(self) -> T:
        """Return the next item.

        Raises:
            OutOfMaterial: there is none, or all are used up.
        """
        for _ in range(2):
            while self._left:
                item = self._left.pop()
                if not self._is_used_up(item):
                    self.drawn.append(item)
                    return item
            self._left = list(self._items)
            self._rng.shuffle(self._left)
            self._left.sort(key=self._is_preferred)  # drawn from the end
        raise OutOfMaterial

    def __len__(self) -> int:
        return len(self._items)
