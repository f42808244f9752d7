"""The parts of a run's record: machine, model, data, stages, measurements, the gate's verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibecoder.runs.codec import OMITTED

__all__ = [
    "BASE",
    "CallCount",
    "CallMeasurement",
    "Data",
    "GateStop",
    "GateVerdict",
    "Losses",
    "Machine",
    "Model",
    "RunChange",
    "Sample",
    "StageRecord",
    "SuiteChange",
]

BASE = "base"
"""`when` of the measurement before any training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine of a run and its profile; `memory` is in bytes."""

    profile: str = ""
    reason: str = ""
    system: str = ""
    memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The base model as the user named it, and as an adapter names it."""

    name: str = ""
    base_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The rows of a run: the first `size` bytes of the file at `path` hash to `sha256`."""

    path: str = ""
    size: int | None = None
    sha256: str = ""
    rows: int | None = None
    bad: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    held_out: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """How many of `total` held-out tool calls were exact."""

    exact: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMeasurement:
    """Held-out tool calls, `when` is `base` or the stage before it; `fenced` ones were right but in a json fence."""

    when: str = ""
    exact: int = 0
    fenced: int | None = None
    total: int = 0
    by_category: Mapping[str, CallCount] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_base(self) -> bool:
        """Tell whether this was measured before any training."""
        return self.when == BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Mean held-out loss before and after a stage, in nats a supervised token; None where it was not measured."""

    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteChange:
    """The change of a suite's mean score over `prompts`, with its interval."""

    prompts: int = 0
    base: float = 0.0
    tuned: float = 0.0
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    gained: int = 0
    lost: int = 0
    p: float = 1.0
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """Whether a stage was kept; if not, the reasons and the prompts that failed."""

    kept: bool = True
    reasons: tuple[str, ...] = ()
    failures: tuple[Mapping[str, str], ...] = ()
    suites: Mapping[str, SuiteChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStop:
    """The stage after which the gate ended a run, and why."""

    stage: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A held-out prompt, the calls expected as JSON, the replies before and after training, whether they are right."""

    category: str = ""
    user: str = ""
    expected: str = ""
    base: str | None = field(default=None, metadata=OMITTED)
    tuned: str | None = field(default=None, metadata=OMITTED)
    base_right: bool | None = field(default=None, metadata=OMITTED)
    tuned_right: bool | None = field(default=None, metadata=OMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A change made after memory ran out in `step` of `stage`."""

    stage: str = ""
    step: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """A trained stage: its plan and its figures; `schedule` is the digest of the training order.

    `peak_memory` is in bytes; `tokens_per_second` counts supervised tokens; `memory` is the prediction.
    """

    name: str = "?"
    rows: int | None = None
    held_out_rows: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    supervised_share: float | None = None
    steps: int | None = None
    objective: str | None = None
    train: Mapping[str, Any] = field(default_factory=dict)
    schedule: str | None = None
    memory: Mapping[str, Any] | None = None
    seconds: float | None = None
    supervised_tokens: int | None = None
    tokens_per_second: float | None = None
    peak_memory: int | None = None
    best_step: int | None = None
    best_loss: float | None = None
    held_out_loss: Losses = Losses()
    stopped: str | None = None
    gate: GateVerdict | None = field(default=None, metadata=OMITTED)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted_memory(self) -> int | None:
        """The predicted peak in bytes, where the backend has a memory model."""
        return (self.memory or {}).get("predicted")
