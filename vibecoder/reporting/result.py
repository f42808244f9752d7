"""Write the report's result: the table of before and after, the verdict that counts allow, calls by category."""

from __future__ import annotations

from typing import Any

from vibecoder.reporting.markdown import inline, table
from vibecoder.reporting.summary import measured_when
from vibecoder.runs.metrics import wilson_interval
from vibecoder.runs.parts import CallCount, CallMeasurement, StageRecord
from vibecoder.runs.record import RunRecord

__all__ = ["number", "result_section", "tool_calls_section"]

GOAL = 0.95
"""The share of tool calls that a finished companion should get exactly right."""


def result_section(record: RunRecord) -> list[str]:
    """Write heading, verdict, table and notes; the verdict says as much as the counts allow and no more."""
    base, final = record.base_calls, record.final_calls
    rows = []
    if base or final:
        rows.append(["Held-out tool calls exactly right", _share(base), _share(final)])
        rows.append([f"the goal, at least {GOAL:.0%} of them", _goal(base), _goal(final)])
    if any(result and result.fenced is not None for result in (base, final)):
        fenced = [f"{r.fenced}/{r.total}" if r and r.fenced is not None else "" for r in (base, final)]
        rows.append(["right, but in a json fence instead of a tool-call block", *fenced])
    for stage in record.stages:
        loss = stage.held_out_loss
        if (loss.before, loss.after) != (None, None):
            rows.append([f"Held-out loss, stage {inline(stage.name)}", number(loss.before), number(loss.after)])
    notes = []
    if base or final:
        notes.append("The range after a share is its 95% interval (Wilson).")
    if any(stage.held_out_loss.before is not None for stage in record.stages):
        notes.append("A stage's loss is over its own held-out rows, before with the adapter of the stage before it.")
    verdict = " ".join([_calls_verdict(base, final), *_loss_verdicts(record.stages)])
    return ["## Result", verdict, table(["", "before", "after"], rows) if rows else "", " ".join(notes)]


def tool_calls_section(record: RunRecord) -> list[str]:
    """Write the exact calls of every measurement by category, each with its 95% interval."""
    calls = record.measurements
    categories = sorted({category for result in calls for category in result.by_category})
    if not calls or not categories:
        return []
    rows = []
    for result in calls:
        counts = [_count(result.by_category.get(category)) for category in categories]
        rows.append([inline(measured_when(result)), _share(result), *counts])
    return ["## Tool calls", table(["measured", "exactly right", *map(inline, categories)], rows)]


def number(value: Any) -> str:
    """Format a fraction with three decimals, a count with thousands apart, None as nothing."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else inline(value)


def _calls_verdict(base: CallMeasurement | None, final: CallMeasurement | None) -> str:
    if not base or not final:
        done = base or final
        return f"Tool calls were measured only once ({inline(done.when)})." if done else "Tool calls were not measured."
    total = final.total
    counts = f"{_share(base)} to {_share(final)}"
    if base.total != total:
        return f"Exact held-out tool calls: from {counts}; the prompts differ, so the two do not compare."
    change = final.exact - base.exact
    if not change:
        return f"**Exact held-out tool calls did not change: {_share(final)}.**"
    low, high = sorted((base, final), key=lambda result: result.exact)
    apart = wilson_interval(low.exact, total)[1] < wilson_interval(high.exact, total)[0]
    doubt = "" if apart else f" The intervals overlap: {total} prompts do not settle that this is more than chance."
    return f"**Exact held-out tool calls {'rose' if change > 0 else 'fell'} from {counts}.**{doubt}"


def _loss_verdicts(stages: tuple[StageRecord, ...]) -> list[str]:
    said = []
    for stage in stages:
        before, after, name = stage.held_out_loss.before, stage.held_out_loss.after, inline(stage.name)
        if before is not None and after is not None and after > before:
            said.append(f"**Held-out loss rose in stage {name}, from {before:.3f} to {after:.3f}.**")
        if stage.stopped:
            said.append(f"Stage {name} ended early: {inline(stage.stopped)}.")
    return said


def _share(result: CallMeasurement | None) -> str:
    """Format exact calls as `44/64 = 69% (57–79%)`."""
    if not result:
        return "not measured"
    return f"{result.exact}/{result.total} = {result.exact / result.total:.0%} {_interval(result.exact, result.total)}"


def _count(result: CallCount | None) -> str:
    """Format exact calls as `44/64 (57–79%)`, nothing where nothing was asked."""
    return f"{result.exact}/{result.total} {_interval(result.exact, result.total)}" if result and result.total else ""


def _interval(exact: int, total: int) -> str:
    low, high = wilson_interval(exact, total)
    return f"({100 * low:.0f}–{high:.0%})"


def _goal(result: CallMeasurement | None) -> str:
    if not result:
        return "not measured"
    return "reached" if result.exact >= GOAL * result.total else "not reached"
