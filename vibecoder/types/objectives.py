"""What a stage minimises: a tagged union, each member a frozen bundle of one objective's own settings.

The tag is `name`: `BackendSpec.objectives` lists it, and a backend's table `OBJECTIVES` finds the training step by it.
An objective of a plugin's own is any frozen dataclass with a `name`; backends that do not list it refuse its stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

__all__ = ["SFT", "Objective"]


@dataclass(frozen=True, slots=True)
class SFT:
    """Supervised fine-tuning: cross-entropy in nats, the mean over every assistant token of a step."""

    name: ClassVar[Literal["sft"]] = "sft"


Objective: TypeAlias = SFT
"""All members, joined by `|`."""
