"""Verdicts for tests of what is made from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vibecoder.evaluate.types import Verdict

__all__ = ["verdict", "verdicts"]


def verdict(prompt: str, passed: bool, **changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "prompt": prompt,
        "suite": "tool-calls",
        "category": "single",
        "subcategory": "",
        "passed": passed,
        "score": float(passed),
        "reply": "a reply" if passed else "nonsense",
        "tokens": 3,
        "stopped": True,
        "reason": "" if passed else "no call",
    }
    return Verdict(**{**values, **changes})


def verdicts(outcomes: Sequence[bool], **changes: Any) -> tuple[Verdict, ...]:
    """One verdict an outcome; prompts are numbered, so two calls pair."""
    return tuple(
        verdict(f"{changes.get('suite', 'tool-calls')}/{at}", passed, **changes) for at, passed in enumerate(outcomes)
    )
