"""What a backend tells of a running job, and how the host answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

__all__ = ["Evaluated", "Event", "Events", "Saved", "Stepped"]


@dataclass(frozen=True, slots=True)
class Stepped:
    """One optimizer step is done. `loss` is the mean over the step's `tokens` supervised targets before the update.

    `seconds` is the step's wall time, `peak_memory` is in bytes since the job began,
    `total_tokens` counts input without padding.
    """

    step: int
    loss: float
    tokens: int
    total_tokens: int
    learning_rate: float
    grad_norm: float
    seconds: float
    peak_memory: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Mean held-out loss after `step` steps; `best` if it is the lowest of this stage."""

    step: int
    loss: float
    best: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint of `step` is complete on disk; `replies` are those of its weights to the job's `probe`, in order."""

    step: int
    path: Path
    replies: Sequence[Sequence[int]] = ()


Event: TypeAlias = Stepped | Evaluated | Saved


class Events(Protocol):
    """The host's side of a running job."""

    def emit(self, event: Event) -> None: ...

    def should_stop(self) -> str | None:
        """Return a reason to save and stop after this step (Ctrl-C, a time limit), or None; asked once a step."""
