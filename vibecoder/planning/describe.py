"""Describe a plan in words for `--dry-run`, in JSON for programs, and as the record that a run starts with."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from vibecoder.config import to_dict
from vibecoder.planning.plan import Plan
from vibecoder.planning.stage import StagePlan
from vibecoder.runs.parts import Data, Machine, Model
from vibecoder.runs.record import RunRecord

__all__ = ["describe", "new_record", "plan_json", "stage_json"]

_NOT_PLANNED = ("version", "stages", "tool_calls", "status", "versions")


def new_record(plan: Plan) -> RunRecord:
    """Build the record that a run of `plan` starts with."""
    machine = plan.machine
    return RunRecord(
        name=plan.name,
        backend=plan.backend.name,
        machine=Machine(profile=plan.profile, reason=plan.profile_reason, system=str(machine), memory=machine.memory),
        model=Model(name=plan.model.name, base_name=plan.model.base_name),
        start_adapter=str(plan.adapter) if plan.adapter else None,
        data=Data(**plan.source.as_dict(), held_out=len(plan.held_out)),
        settings=to_dict(plan.settings),
        stage_settings={stage.spec.name: to_dict(stage.settings) for stage in plan.stages},
        plan=tuple(stage_json(stage) for stage in plan.stages),
        notices=tuple(plan.notices),
    )


def plan_json(plan: Plan) -> dict[str, Any]:
    """Convert what identifies a run to JSON values: the record without what only a run has."""
    return {key: value for key, value in new_record(plan).as_json().items() if key not in _NOT_PLANNED}


def stage_json(stage: StagePlan) -> dict[str, Any]:
    """Convert one stage's rows and steps to JSON values."""
    return {
        "name": stage.spec.name,
        "rows": len(stage.schedule.rows),
        "held_out_rows": len(stage.held_out),
        "counts": dict(stage.counts),
        "dropped": dict(stage.dropped),
        "supervised_share": round(stage.supervised_share, 4),
        "steps": len(stage.schedule),
        "objective": stage.spec.objective.name,
        "train": dataclasses.asdict(stage.settings.train),
        "schedule": stage.schedule.digest,
        "memory": stage.fit.as_dict() if stage.fit else None,
    }


def describe(plan: Plan) -> str:
    """Describe the plan as a short text with a table, for a terminal."""
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
            stage.spec.name,
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
