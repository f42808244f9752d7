"""Write the report's section on the gate: which stages it kept, why not the others, the prompts that failed."""

from __future__ import annotations

from collections.abc import Mapping

from vibecoder.reporting.markdown import clipped, fence, inline, table
from vibecoder.runs.parts import SuiteChange
from vibecoder.runs.record import RunRecord

__all__ = ["gate_section"]

_LIMIT = 500


def gate_section(record: RunRecord) -> list[str]:
    """Write what the gate decided, in bold where it stopped the run; nothing where no stage was judged."""
    stopped = record.gate
    judged = [(inline(stage.name), stage.gate) for stage in record.stages if stage.gate]
    if not stopped and not judged:
        return []
    blocks = ["## The gate"]
    if stopped:
        blocks.append(
            f"**The run was stopped by the gate after stage {inline(stopped.stage or '?')}; "
            "its result is the adapter of the stage before, if there is one.**"
        )
    rows = []
    for name, gate in judged:
        suites = [f"{inline(suite)} {_change(change)}" for suite, change in gate.suites.items()]
        rows.append([name, "kept" if gate.kept else "refused", ", ".join(suites)])
    if rows:
        blocks.append(table(["stage", "", "change of the suites, with its interval"], rows, numbers=False))
    reasons = [(name, reason) for name, gate in judged for reason in gate.reasons]
    known = {reason for _, reason in reasons}
    if stopped:
        reasons += [(inline(stopped.stage or "?"), reason) for reason in stopped.reasons if reason not in known]
    blocks.append("\n".join(f"- Stage {name}: {inline(reason)}" for name, reason in reasons))
    failures = [failure for _, gate in judged for failure in gate.failures]
    if failures:
        # The heading speaks of samples: what is published leaves such sections out, for they hold rows of the dataset.
        blocks += ["### Samples that were lost", *(block for failure in failures for block in _failure(failure))]
    return [block for block in blocks if block]


def _failure(failure: Mapping[str, str]) -> list[str]:
    blocks = [f"#### {inline(failure.get('prompt', '?'))}", inline(failure.get("reason", ""))]
    for key, title in (("user", "The user:"), ("before", "Before:"), ("after", "After:")):
        if str(failure.get(key) or "").strip():
            blocks += [title, fence(clipped(str(failure[key]), _LIMIT))]
    return blocks


def _change(change: SuiteChange) -> str:
    difference, low, high = (100 * value for value in (change.difference, change.low, change.high))
    return f"{difference:+.0f} ({low:+.0f} to {high:+.0f}) points of {change.prompts} prompts"
