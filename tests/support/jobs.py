"""What small training jobs need: a recorder of events, the linear layers that have adapters, the backends."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vibecoder.types import Event, Stepped, TrainJob

__all__ = ["BACKENDS", "TARGETS", "Recorder", "Trained"]

BACKENDS = ("mlx", "cuda")


TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass
class Recorder:
    """Collects events; asks to stop after `stop_after` steps."""

    stop_after: int | None = None
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def should_stop(self) -> str | None:
        return "enough" if self.stop_after and len(self.of(Stepped)) >= self.stop_after else None


@dataclass(frozen=True)
class Trained:
    """One job as each backend did it."""

    job: TrainJob
    recorder: Recorder
    adapter: Path
