"""What came of a run, for its report: the table of before and after, what may be said of it, and calls by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vibecoder.reporting.markdown import inline, table
from vibecoder.runs.metrics import wilson_interval

__all__ = ["held_out_loss", "mapping", "number", "result_section", "tool_calls_section"]

GOAL = 0.95
"""The share of tool calls that a finished companion should get exactly right."""


def result_section(stages: Sequence[Mapping[str, Any]], calls: Sequence[Mapping[str, Any]]) -> list[str]:
    """Heading, verdict, table and notes; the verdict says as much as the counts allow and no more."""
    base, final = _base_and_final(calls)
    rows = []
    if base or final:
        rows.append(["Held-out tool calls exactly right", _share(base), _share(final)])
        rows.append([f"the goal, at least {GOAL:.0%} of them", _goal(base), _goal(final)])
    if any(result and "fenced" in result for result in (base, final)):
        fenced = [f"{r['fenced']}/{r['total']}" if r and "fenced" in r else "" for r in (base, final)]
        rows.append(["right, but in a json fence instead of a tool-call block", *fenced])
    for stage in stages:
        losses = [held_out_loss(stage, "before"), held_out_loss(stage, "after")]
        if losses != [None, None]:
            rows.append([f"Held-out loss, stage {inline(stage.get('name', '?'))}", *map(number, losses)])
    notes = []
    if base or final:
        notes.append("The range after a share is its 95% interval (Wilson).")
    if any(held_out_loss(stage, "before") is not None for stage in stages):
        notes.append("A stage's loss is over its own held-out rows, before with the adapter of the stage before it.")
    verdict = " ".join([_calls_verdict(base, final), *_loss_verdicts(stages)])
    return ["## Result", verdict, table(["", "before", "after"], rows) if rows else "", " ".join(notes)]


def tool_calls_section(calls: Sequence[Mapping[str, Any]]) -> list[str]:
    """Exact calls of every measurement by category, each with its 95% interval."""
    calls = [result for result in calls if result.get("total")]
    categories = sorted({category for result in calls for category in mapping(result, "by_category")})
    if not calls or not categories:
        return []
    rows = []
    for result in calls:
        each = [mapping(mapping(result, "by_category"), category) for category in categories]
        counts = [_count(one) for one in each]
        rows.append([_when(result), _share(result), *counts])
    return ["## Tool calls", table(["measured", "exactly right", *map(inline, categories)], rows)]


def held_out_loss(stage: Mapping[str, Any], when: str) -> float | None:
    """A stage's held-out loss `before` or `after` it, where it was measured."""
    return mapping(stage, "held_out_loss").get(when)


def number(value: Any) -> str:
    """Three decimals for a fraction, thousands apart for a count, nothing for None."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else inline(value)


def mapping(run: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What stands under `key`, empty where that is no mapping."""
    value = run.get(key)
    return value if isinstance(value, Mapping) else {}


def _calls_verdict(base: Mapping[str, Any] | None, final: Mapping[str, Any] | None) -> str:
    if not base or not final:
        done = base or final
        when = inline(done.get("when", "?")) if done else ""
        return f"Tool calls were measured only once ({when})." if done else "Tool calls were not measured."
    total = final["total"]
    counts = f"{_share(base)} to {_share(final)}"
    if base["total"] != total:
        return f"Exact held-out tool calls: from {counts}; the prompts differ, so the two do not compare."
    change = final.get("exact", 0) - base.get("exact", 0)
    if not change:
        return f"**Exact held-out tool calls did not change: {_share(final)}.**"
    low, high = sorted((base, final), key=lambda result: result.get("exact", 0))
    apart = wilson_interval(low.get("exact", 0), total)[1] < wilson_interval(high.get("exact", 0), total)[0]
    doubt = "" if apart else f" The intervals overlap: {total} prompts do not settle that this is more than chance."
    return f"**Exact held-out tool calls {'rose' if change > 0 else 'fell'} from {counts}.**{doubt}"


def _loss_verdicts(stages: Sequence[Mapping[str, Any]]) -> list[str]:
    said = []
    for stage in stages:
        before, after, name = (
            held_out_loss(stage, "before"),
            held_out_loss(stage, "after"),
            inline(stage.get("name", "?")),
        )
        if before is not None and after is not None and after > before:
            said.append(f"**Held-out loss rose in stage {name}, from {before:.3f} to {after:.3f}.**")
        if stage.get("stopped"):
            said.append(f"Stage {name} ended early: {inline(stage['stopped'])}.")
    return said


def _base_and_final(
    calls: Sequence[Mapping[str, Any]],
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    measured = [result for result in calls if result.get("total")]
    base = next((result for result in measured if result.get("when") == "base"), None)
    final = next((result for result in reversed(measured) if result.get("when") != "base"), None)
    return base, final


def _when(result: Mapping[str, Any]) -> str:
    when = inline(result.get("when", "?"))
    return "before training" if when == "base" else f"after {when}"


def _share(result: Mapping[str, Any] | None) -> str:
    """`44/64 = 69% (57–79%)`."""
    if not result:
        return "not measured"
    exact, total = result.get("exact", 0), result["total"]
    return f"{exact}/{total} = {exact / total:.0%} {_interval(exact, total)}"


def _count(result: Mapping[str, Any]) -> str:
    """`44/64 (57–79%)`, nothing where nothing was asked."""
    if not result.get("total"):
        return ""
    exact, total = result.get("exact", 0), result["total"]
    return f"{exact}/{total} {_interval(exact, total)}"


def _interval(exact: int, total: int) -> str:
    low, high = wilson_interval(exact, total)
    return f"({100 * low:.0f}–{high:.0%})"


def _goal(result: Mapping[str, Any] | None) -> str:
    if not result:
        return "not measured"
    return "reached" if result.get("exact", 0) >= GOAL * result["total"] else "not reached"
