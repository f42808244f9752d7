"""The vocabulary of evaluation: prompts, verdicts, and the folder of results that comparisons read.

A results folder holds `eval.json` (an object: model, adapter, backend, suites, settings, versions) and `results.jsonl`,
one verdict a line in the order of the prompts, flushed as it is made so that a stopped evaluation goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibecoder.types import Prompt

__all__ = ["Prompt", "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a prompt: `score` in [0, 1] and whether it `passed`; `reason` says in a line why it did not.

    `tokens` counts those generated; `stopped` is whether the model ended by itself. `measures` holds what else the
    scorer found (diff lines, files touched, how a serving stack would have parsed the calls).
    """

    prompt: str
    suite: str
    category: str
    subcategory: str
    passed: bool
    score: float
    reply: str
    tokens: int
    stopped: bool
    reason: str = ""
    must_pass: bool = False
    measures: Mapping[str, Any] = field(default_factory=dict)
