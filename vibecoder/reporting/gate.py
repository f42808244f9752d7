"""The report's word on the gate: which stages it kept, why not the others, and the prompts that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.reporting.markdown import clipped, fence, inline, table

__all__ = ["gate_section"]

_LIMIT = 500


def gate_section(run: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Blocks of Markdown, none where no stage was judged. A run that the gate stopped says so in bold."""
    stopped = run.get("gate") if isinstance(run.get("gate"), Mapping) else None
    judged = [stage for stage in stages if isinstance(stage.get("gate"), Mapping)]
    if not stopped and not judged:
        return []
    blocks = ["## The gate"]
    if stopped:
        blocks.append(
            f"**The run was stopped by the gate after stage {inline(stopped.get('stage', '?'))}; "
            "its result is the adapter of the stage before, if there is one.**"
        )
    rows = []
    for stage in judged:
        gate = stage["gate"]
        suites = [f"{inline(name)} {_change(change)}" for name, change in (gate.get("suites") or {}).items()]
        rows.append([inline(stage.get("name", "?")), "kept" if gate.get("kept") else "refused", ", ".join(suites)])
    if rows:
        blocks.append(table(["stage", "", "change of the suites, with its interval"], rows, numbers=False))
    reasons = [(stage.get("name", "?"), reason) for stage in judged for reason in stage["gate"].get("reasons") or ()]
    known = {reason for _, reason in reasons}
    if stopped:
        of = stopped.get("stage", "?")
        reasons += [(of, reason) for reason in stopped.get("reasons") or () if reason not in known]
    blocks.append("\n".join(f"- Stage {inline(name)}: {inline(reason)}" for name, reason in reasons))
    failures = [failure for stage in judged for failure in stage["gate"].get("failures") or ()]
    if failures:
        # The heading speaks of samples: what is published leaves such sections out, for they hold rows of the dataset.
        blocks += ["### Samples that were lost", *(block for failure in failures for block in _failure(failure))]
    return [block for block in blocks if block]


def _failure(failure: Mapping[str, Any]) -> list[str]:
    blocks = [f"#### {inline(failure.get('prompt', '?'))}", inline(failure.get("reason", ""))]
    for key, title in (("user", "The user:"), ("before", "Before:"), ("after", "After:")):
        if str(failure.get(key) or "").strip():
            blocks += [title, fence(clipped(str(failure[key]), _LIMIT))]
    return blocks


def _change(change: Mapping[str, Any]) -> str:
    difference, low, high = (100 * change.get(key, 0.0) for key in ("difference", "low", "high"))
    return f"{difference:+.0f} ({low:+.0f} to {high:+.0f}) points of {change.get('prompts', 0)} prompts"
