"""Define what a display of a run shows: small frozen events, and the protocol of a display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from vibecoder.runs.parts import StageRecord
from vibecoder.types import Event

__all__ = [
    "Advanced",
    "Began",
    "Display",
    "Ended",
    "Notice",
    "Probed",
    "Shown",
    "StageFinished",
    "StageResumed",
    "StageStarted",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of information."""

    text: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A line of warning."""

    text: str


@dataclass(frozen=True, slots=True)
class Began:
    """Something called `label` begins that takes time."""

    label: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """`done` of `total` parts of what `label` names are done."""

    label: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What `label` names is done; `failed` where it ended by an exception."""

    label: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    """Stage `index` of `count` begins; `tokens_per_step` [steps] weighs the steps for the time left."""

    name: str
    index: int
    count: int
    steps: int
    rows: int
    supervised_share: float
    tokens_per_step: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class StageResumed:
    """The stage goes on after `step`."""

    step: int


@dataclass(frozen=True, slots=True)
class Probed:
    """At the save after `step`, `exact` of `total` held-out tool calls were right."""

    step: int
    exact: int
    total: int


@dataclass(frozen=True, slots=True)
class StageFinished:
    """The stage is done and recorded."""

    stage: StageRecord


Shown: TypeAlias = (
    Notice | Warned | Began | Advanced | Ended | StageStarted | StageResumed | Probed | StageFinished | Event
)


class Display(Protocol):
    """Shows a run. Events may come at any time, and notices still after `close`."""

    def show(self, event: Shown) -> None: ...

    def close(self) -> None:
        """Give the terminal back."""
