"""Rows as a model reads them, and the order in which they are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "PrefixGroup", "Rendered", "Schedule"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One record as the model reads it: `ids` [T] int32 and `loss_mask` [T] bool, True where a token is a target."""

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]
    record_id: str = ""
    category: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def supervised(self) -> int:
        """Targets the loss counts; position 0 has nothing before it to predict it from."""
        return int(self.loss_mask[1:].sum())


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Rows of a schedule that are computed together; their first `prefix` tokens are the same and computed once.

    No token of the prefix is a target, nor is the one after it, so every target is predicted inside a suffix.
    """

    rows: tuple[int, ...]
    prefix: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A packed group: `prefix` [P] int32, then the rows' suffixes padded to one width.

    `ids` [B, T] int32 and `loss_mask` [B, T] bool stand at positions P to P + T; `lengths` [B] int32 counts the tokens
    of each suffix. P is 0 where nothing is shared. The first token of a suffix is never a target.
    """

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]
    lengths: NDArray[np.int32]
    prefix: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def supervised(self) -> int:
        return int(self.loss_mask[:, 1:].sum())

    @property
    def tokens(self) -> int:
        """Tokens of the rows, each with its prefix, without padding."""
        return int(self.lengths.sum()) + len(self.prefix) * int((self.lengths > 0).sum())


@dataclass(frozen=True, slots=True)
class Schedule:
    """The whole training order, decided before training: `steps[s]` are the groups, one micro-batch each, of step s.

    Every step holds the same number of groups; empty ones fill it up. `widths` are the few lengths that suffixes are
    padded to. With `prefix_once` consecutive groups that have the same prefix are meant to compute it once. `tokens` is
    what may be computed at once, padding included: a backend may put groups together within it; 0 is not known.
    """

    rows: Sequence[Rendered]
    steps: Sequence[Sequence[PrefixGroup]]
    widths: Sequence[int]
    digest: str
    prefix_once: bool = False
    tokens: int = 0

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def micro_batches(self) -> int:
        return len(self.steps[0]) if self.steps else 0

    def step_rows(self, step: int) -> list[Rendered]:
        """Return the rows of a step, in order."""
        return [self.rows[i] for group in self.steps[step] for i in group.rows]
