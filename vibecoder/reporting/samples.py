"""Write the report's samples: a held-out prompt, the expected call, the replies before and after training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.rendering.calls import HERMES
from vibecoder.rendering.tool_calls import same_calls
from vibecoder.reporting.markdown import clipped, fence, inline
from vibecoder.runs.parts import Sample

__all__ = ["samples_section"]

_USER_LIMIT, _REPLY_LIMIT = 700, 700


def samples_section(samples: Sequence[Sample]) -> list[str]:
    """Write each sample with its replies before and after training, nothing without samples."""
    if not samples:
        return []
    blocks = ["## Samples, before and after", "Held-out prompts, the same ones each time, not picked by result."]
    for number, sample in enumerate(samples, 1):
        expected = _calls(sample.expected)
        category = f": {inline(sample.category)}" if sample.category else ""
        blocks += [f"### Sample {number}{category}", "The user:", fence(_text(sample.user, _USER_LIMIT))]
        if sample.expected:
            blocks += ["Expected:", _expected(expected, sample.expected)]
        for reply, right, title in (
            (sample.base, sample.base_right, "Before"),
            (sample.tuned, sample.tuned_right, "After"),
        ):
            if reply is not None:
                judged = f" ({_judged(expected, reply, right)})" if expected else ""
                blocks += [f"{title}{judged}:", fence(_text(reply, _REPLY_LIMIT))]
    return blocks


def _calls(expected: str) -> list[dict[str, Any]] | None:
    """Read the expected calls from their JSON, a call or a list of calls; None if it is neither."""
    try:
        found = json.loads(expected)
    except ValueError:
        return None
    calls = [found] if isinstance(found, Mapping) else found
    if not isinstance(calls, list):
        return None
    return calls if all(isinstance(call, dict) and {"name", "arguments"} <= set(call) for call in calls) else None


def _expected(calls: list[dict[str, Any]] | None, raw: str) -> str:
    if calls is None:
        return fence(_text(raw, _REPLY_LIMIT))
    return fence(_text("\n".join(json.dumps(call, ensure_ascii=False) for call in calls), _REPLY_LIMIT), "json")


def _judged(expected: list[dict[str, Any]], reply: str, right: bool | None) -> str:
    """Say whether a reply is right; records of earlier versions leave it to be found out."""
    right = same_calls(expected, HERMES.read(reply)) if right is None else right
    return "exactly right" if right else "not exactly right"


def _text(text: str, limit: int) -> str:
    return clipped(text, limit) if text.strip() else "(nothing)"
