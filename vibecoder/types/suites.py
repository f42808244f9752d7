"""What a model is asked, and how its replies are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibecoder.types.records import Record, Task

__all__ = ["Judgement", "Prompt", "RewardSpec", "SuiteJob", "SuiteSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSpec:
    """A scorer of replies: `score(task, reply)` in [0, 1]."""

    name: str
    summary: str
    score: Callable[[Task, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One thing to ask a model. `id` is unique over all suites and stable: comparisons pair verdicts by it.

    A chat prompt has `messages` (and the `tools` it offers), a fill-in-the-middle prompt `prefix` and `suffix`.
    `scorer` names what judges the reply, by `reference`. A `must_pass` prompt is a canary: no stage may lose it.
    """

    id: str
    suite: str
    category: str
    subcategory: str = ""
    messages: Sequence[Mapping[str, Any]] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    prefix: str = ""
    suffix: str = ""
    scorer: str
    reference: Mapping[str, Any] = field(default_factory=dict)
    must_pass: bool = False
    max_new_tokens: int = 160


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scorer says of a reply: `score` in [0, 1], 1 passes; `reason` in a line why it is less."""

    score: float
    reason: str = ""
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.score >= 1


@dataclass(frozen=True, slots=True)
class SuiteJob:
    """What a suite is asked for: `held_out()` gives records that share no group with a row trained on.

    `path` is what the user wrote after the colon in `--suite NAME:PATH`; `seed` decides what is drawn.
    """

    held_out: Callable[[], Sequence[Record]] = lambda: ()
    path: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSpec:
    """Prompts under one name: `prompts(job)` gives the same ones in the same order for the same job.

    `scorers` are the suite's own, by the name that its prompts give; `takes_path` says that `--suite NAME:PATH` names
    a file. Raises `DataError` for a file it cannot read.
    """

    name: str
    summary: str
    prompts: Callable[[SuiteJob], Sequence[Prompt]]
    scorers: Mapping[str, Callable[[Prompt, str], Judgement]] = field(default_factory=dict)
    takes_path: bool = False
