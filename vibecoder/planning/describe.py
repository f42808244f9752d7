"""A plan in words for `--dry-run` and in JSON for programs and `run.json`."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from vibecoder.config import to_dict
from vibecoder.planning.plan import Plan
from vibecoder.planning.stage import StagePlan

__all__ = ["describe", "plan_json", "stage_json"]


def plan_json(plan: Plan) -> dict[str, Any]:
    """Everything that identifies the run: what `run.json` starts with."""
    return {
        "name": plan.name,
        "backend": plan.backend.name,
        "machine": {
            "profile": plan.profile,
            "reason": plan.profile_reason,
            "system": str(plan.machine),
            "memory": plan.machine.memory,
        },
        "model": {"name": plan.model.name, "base_name": plan.model.base_name},
        "start_adapter": str(plan.adapter) if plan.adapter else None,
        "data": {**plan.source.as_dict(), "held_out": len(plan.held_out)},
        "settings": to_dict(plan.settings),
        "stage_settings": {stage.stage.name: to_dict(stage.settings) for stage in plan.stages},
        "plan": [stage_json(stage) for stage in plan.stages],
        "notices": list(plan.notices),
    }


def stage_json(stage: StagePlan) -> dict[str, Any]:
    """One stage's rows and steps."""
    return {
        "name": stage.stage.name,
        "rows": len(stage.schedule.rows),
        "held_out_rows": len(stage.held_out),
        "counts": dict(stage.counts),
        "dropped": dict(stage.dropped),
        "supervised_share": round(stage.supervised_share, 4),
        "steps": len(stage.schedule),
        "objective": stage.stage.objective.name,
        "train": dataclasses.asdict(stage.settings.train),
        "schedule": stage.schedule.digest,
        "memory": stage.fit.as_dict() if stage.fit else None,
    }


def describe(plan: Plan) -> str:
    """The plan as a short text with a table, for a terminal."""
    from rich.console import Console
    from rich.table import Table

    settings = plan.settings
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    facts = Table.grid(padding=(0, 2))
    facts.add_row("run", str(plan.folder))
    facts.add_row("model", f"{plan.model.name}, {settings.model.quantization} quantization, {settings.model.precision}")
    facts.add_row("backend", f"{plan.backend.name} ({plan.backend_reason})")
    facts.add_row("profile", f"{plan.profile} ({plan.profile_reason})")
    facts.add_row("data", f"{plan.source.path}: {len(plan.source.records)} rows, {len(plan.held_out)} of them held out")
    facts.add_row(
        "adapter", f"rank {settings.lora.rank}, alpha {settings.lora.alpha:g}, dropout {settings.lora.dropout:g}"
    )
    facts.add_row("evaluation", f"{len(plan.prompts)} held-out tool-call prompts before and after each stage")
    fits = [stage.fit for stage in plan.stages if stage.fit]
    if fits:
        facts.add_row("memory", str(max(fits, key=lambda fit: fit.prediction.total)))
    if plan.push:
        facts.add_row("push", plan.push)
    console.print(facts)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("stage", "rows", "dropped", "supervised", "epochs", "steps", "rows/step", "peak rate", "length"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for stage in plan.stages:
        options = stage.settings.train
        table.add_row(
            stage.stage.name,
            str(len(stage.schedule.rows)),
            str(sum(stage.dropped.values())),
            f"{stage.supervised_share:.0%}",
            f"{options.epochs:g}",
            str(len(stage.schedule)),
            str(options.batch_size * options.accumulation),
            f"{options.learning_rate:g}",
            f"≤ {stage.settings.data.max_length}",
        )
    console.print()
    console.print(table)
    for notice in plan.notices:
        console.print(f"note: {notice}", highlight=False)
    return console.file.getvalue().rstrip()  # type: ignore[attr-defined, no-any-return]
