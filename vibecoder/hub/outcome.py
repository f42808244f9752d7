"""Write the card's tables of a run's outcome: stages with the gate's word, and tool calls by category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vibecoder.runs.parts import BASE, CallCount, CallMeasurement, StageRecord
from vibecoder.runs.record import RunRecord

__all__ = ["cell", "number", "stages_section", "table", "tool_calls_section"]


def stages_section(run: RunRecord) -> list[str]:
    """Write the table of stages: steps, rows, losses, exact tool calls, and what the gate decided."""
    if not run.stages:
        return []
    columns = {
        "Stage": [cell(stage.name) for stage in run.stages],
        "Steps": [number(stage.steps) for stage in run.stages],
        "Rows": [number(stage.rows) for stage in run.stages],
        "Supervised tokens": [number(stage.supervised_tokens) for stage in run.stages],
        "Held-out loss": [_change(_loss(s.held_out_loss.before), _loss(s.held_out_loss.after)) for s in run.stages],
        "Exact tool calls": [_calls_around(run, at) for at in range(len(run.stages))],
        "Gate": [_gate(stage) for stage in run.stages],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    note = "Each stage starts from the adapter of the one before. "
    if "Held-out loss" in shown or "Exact tool calls" in shown:
        note += "Measured before → after the stage, on rows it never trained on; loss in nats a supervised token."
    if "Gate" in shown:
        note += " The gate keeps a stage only if nothing that was measured got worse beyond chance."
    rows = [list(row) for row in zip(*shown.values(), strict=True)]
    reasons = [f"- {cell(stage.name)}: {cell(why)}" for stage in run.stages if stage.gate for why in stage.gate.reasons]
    blocks = ["## Stages", note.strip(), table(list(shown), rows)]
    if run.gate:
        blocks.append(f"The gate ended the run after stage {cell(run.gate.stage)}; this is the adapter before it.")
    return [*blocks, "\n".join(reasons)] if reasons else blocks


def tool_calls_section(run: RunRecord) -> list[str]:
    """Write the exact held-out tool calls by category, of the base and of the tuned model."""
    base, tuned = run.base_calls, run.final_calls
    measured = [result for result in (base, tuned) if result]
    if not measured:
        return []
    categories = sorted({category for result in measured for category in result.by_category})
    titles = ["Category", *(_title(result) for result in measured)]
    rows = [
        [cell(category), *(_count(result.by_category.get(category)) for result in measured)] for category in categories
    ]
    total = ["**all**", *(f"**{_count(CallCount(exact=one.exact, total=one.total))}**" for one in measured)]
    note = "Held-out prompts whose calls came back with exactly the right names and arguments, asked greedily."
    return ["## Tool calls", note, table(titles, [*rows, total])]


def cell(value: object) -> str:
    """Format a value for a Markdown table, on one line."""
    return " ".join(str("" if value is None else value).split()).replace("|", r"\|")


def number(value: float | None) -> str:
    """Format a count with thousands apart, None as nothing."""
    return "" if value is None else f"{value:,}"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _title(result: CallMeasurement) -> str:
    return "Base" if result.is_base else f"Tuned, after {cell(result.when)}"


def _calls_around(run: RunRecord, at: int) -> str:
    """Write the exact calls before and after stage number `at`."""
    measured = {result.when: _count(CallCount(exact=result.exact, total=result.total)) for result in run.measurements}
    before = run.stages[at - 1].name if at else BASE
    return _change(measured.get(before, ""), measured.get(run.stages[at].name, ""))


def _gate(stage: StageRecord) -> str:
    return "" if stage.gate is None else "kept" if stage.gate.kept else "refused"


def _loss(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _count(count: CallCount | None) -> str:
    return f"{count.exact}/{count.total} ({count.exact / count.total:.0%})" if count and count.total else ""


def _change(before: str, after: str) -> str:
    return f"{before or '?'} → {after or '?'}" if before or after else ""
