"""The report's samples: a held-out prompt, the call that belongs there, and the replies before and after training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.rendering.tool_calls import same_calls, tagged_calls
from vibecoder.reporting.markdown import clipped, fence, inline

__all__ = ["samples_section"]

_USER_LIMIT, _REPLY_LIMIT = 700, 700


def samples_section(samples: Sequence[Mapping[str, Any]]) -> list[str]:
    """Blocks of Markdown, none for no samples. A sample has `category`, `user`, `expected`, `base` and `tuned`."""
    if not samples:
        return []
    blocks = ["## Samples, before and after", "Held-out prompts, the same ones each time, not picked by result."]
    for number, sample in enumerate(samples, 1):
        expected = _calls(sample.get("expected"))
        category = f": {inline(sample['category'])}" if sample.get("category") else ""
        blocks += [f"### Sample {number}{category}", "The user:", fence(_text(sample.get("user"), _USER_LIMIT))]
        if sample.get("expected"):
            blocks += ["Expected:", _expected(expected, sample["expected"])]
        for key, title in (("base", "Before"), ("tuned", "After")):
            if sample.get(key) is not None:
                judged = f" ({_judged(expected, str(sample[key]))})" if expected else ""
                blocks += [f"{title}{judged}:", fence(_text(sample[key], _REPLY_LIMIT))]
    return blocks


def _calls(expected: object) -> list[dict[str, Any]] | None:
    """The expected calls, given as a list or as its JSON; None if it is neither."""
    if isinstance(expected, str):
        try:
            expected = json.loads(expected)
        except ValueError:
            return None
    calls = [expected] if isinstance(expected, Mapping) else expected
    if not isinstance(calls, list):
        return None
    return calls if all(isinstance(call, dict) and {"name", "arguments"} <= set(call) for call in calls) else None


def _expected(calls: list[dict[str, Any]] | None, raw: object) -> str:
    if calls is None:
        return fence(_text(raw, _REPLY_LIMIT))
    return fence(_text("\n".join(json.dumps(call, ensure_ascii=False) for call in calls), _REPLY_LIMIT), "json")


def _judged(expected: list[dict[str, Any]], reply: str) -> str:
    return "exactly right" if same_calls(expected, tagged_calls(reply)) else "not exactly right"


def _text(value: object, limit: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return clipped(text, limit) if text.strip() else "(nothing)"
