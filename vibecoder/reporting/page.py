"""Write `report.md`, the page of a run: results, rows, settings, machine, and samples."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder.errors import OutputError
from vibecoder.reporting.charts import write_charts
from vibecoder.reporting.gate import gate_section
from vibecoder.reporting.html import write_html
from vibecoder.reporting.markdown import code, fence, inline, table
from vibecoder.reporting.result import number, result_section, tool_calls_section
from vibecoder.reporting.samples import samples_section
from vibecoder.reporting.summary import differing_settings, value_text
from vibecoder.runs.metrics import by_stage
from vibecoder.runs.record import RunRecord
from vibecoder.system.units import counted, duration, memory, rate

__all__ = ["write_report"]

_REASONS = {"over_length": "over length", "unsupervised": "nothing to learn from", "refused": "refused by the template"}


def write_report(folder: Path, record: RunRecord, metrics: Sequence[Mapping[str, Any]]) -> Path:
    """Write `folder/report.md`, the charts it shows and `report.html`, from a run's record and `metrics.jsonl`.

    What they lack is left out.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    blocks = [
        f"# {inline(record.name or folder.name)}",
        _introduction(record),
        *result_section(record),
        *(f"![{title}]({path})" for title, path in write_charts(folder, record, metrics)),
        *gate_section(record),
        *tool_calls_section(record),
        *_stages(record),
        _at_saves(metrics),
        *_changes(record),
        *_data(record),
        *_settings(record),
        *_machine(record),
        *_next(folder, record),
        *samples_section(record.samples),
    ]
    path = folder / "report.md"
    try:
        path.write_text("\n\n".join(block for block in blocks if block) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError.of(path, error) from error
    write_html(folder, record, metrics)
    return path


def _introduction(record: RunRecord) -> str:
    parts = [f"{code(record.model.name)}, tuned" if record.model.name else "A model, tuned"]
    if record.stages:
        names = ", ".join(inline(stage.name) for stage in record.stages)
        parts.append(f"in {counted(len(record.stages), 'stage')} ({names})")
    if record.backend:
        parts.append(f"by the {inline(record.backend)} backend")
    if record.machine.profile:
        parts.append(f"with the profile {inline(record.machine.profile)}")
    times = [f"{duration(record.seconds)} of training"] if record.seconds else []
    times += [
        f"{word} {inline(time)}" for time, word in ((record.created, "begun"), (record.finished, "ended")) if time
    ]
    return f"{' '.join(parts)}{': ' if times else ''}{', '.join(times)}."


def _stages(record: RunRecord) -> list[str]:
    if not record.stages:
        return []
    titles = [
        "stage",
        "rows",
        "left out",
        "supervised",
        "steps",
        "best step",
        "supervised tok/s",
        "peak",
        "predicted",
        "time",
    ]
    rows = []
    for stage in record.stages:
        dropped = [f"{n} {_REASONS.get(why, inline(why))}" for why, n in stage.dropped.items() if n]
        rows.append(
            [
                inline(stage.name),
                number(stage.rows),
                ", ".join(dropped) or "0",
                "" if stage.supervised_share is None else f"{stage.supervised_share:.0%}",
                number(stage.steps),
                number(stage.best_step),
                rate(stage.tokens_per_second) if stage.tokens_per_second else "",
                memory(stage.peak_memory) if stage.peak_memory else "",
                memory(stage.predicted_memory) if stage.predicted_memory else "",
                "" if stage.seconds is None else duration(stage.seconds),
            ]
        )
    note = "Rows are those trained on; *left out* counts rows dropped whole; *best step* had the lowest held-out loss."
    return ["## Stages", table(titles, rows), note]


def _at_saves(metrics: Sequence[Mapping[str, Any]]) -> str:
    """List the few held-out calls asked at every save, stage by stage."""
    lines = [
        f"- {inline(stage)}: " + ", ".join(f"step {e['step']} {e['exact']} of {e['total']}" for e in events)
        for stage, events in by_stage(metrics, "probe").items()
    ]
    return "Held-out tool calls exact at the saves on the way:\n\n" + "\n".join(lines) if lines else ""


def _changes(record: RunRecord) -> list[str]:
    """List what was changed on the way because memory ran out."""
    if not record.changes:
        return []
    return ["## Changed on the way", "\n".join(f"- {inline(change.text)}" for change in record.changes)]


def _data(record: RunRecord) -> list[str]:
    data = record.data
    facts = [f"File: {code(data.path)}"] if data.path else []
    facts += [f"SHA-256: {code(data.sha256)}"] if data.sha256 else []
    if data.rows is not None:
        held = f", {number(data.held_out)} of them held out of training" if data.held_out is not None else ""
        facts.append(f"Rows: {number(data.rows)}{held}")
    if data.bad is not None:
        facts.append(f"Bad lines passed over: {number(data.bad)}")
    if not facts:
        return []
    facts += [f"Note: {inline(notice)}" for notice in record.notices]
    rows = [[inline(category), number(count)] for category, count in data.counts.items()]
    return ["## Data", "\n".join(f"- {fact}" for fact in facts), table(["category", "rows"], rows) if rows else ""]


def _settings(record: RunRecord) -> list[str]:
    if not record.settings:
        return []
    differing = differing_settings(record)
    if not differing:
        return ["## Settings", "All settings have their default values."]
    rows = [
        [
            code(item.key) + (f" in stage {inline(item.stage)}" if item.stage else ""),
            _value(item.value),
            _value(item.default),
        ]
        for item in differing
    ]
    return ["## Settings", "Those that differ from the defaults:", table(["setting", "here", "default"], rows, False)]


def _machine(record: RunRecord) -> list[str]:
    machine, facts = record.machine, []
    if machine.system:
        facts.append(f"Machine: {inline(machine.system)}")
    if machine.memory:
        facts.append(f"Memory: {memory(machine.memory)}")
    if machine.profile:
        reason = f" ({inline(machine.reason)})" if machine.reason else ""
        facts.append(f"Profile: {inline(machine.profile)}{reason}")
    if record.versions:
        facts.append(f"Versions: {', '.join(f'{inline(k)} {inline(v)}' for k, v in record.versions.items())}")
    if record.command:
        facts.append(f"Command: {code(record.command)}")
    return ["## Machine and versions", "\n".join(f"- {fact}" for fact in facts)] if facts else []


def _next(folder: Path, record: RunRecord) -> list[str]:
    where, adapter = shlex.quote(str(folder)), shlex.quote(str(folder / "adapter"))
    base = record.model.base_name or "BASE"
    commands = {
        "Publish it with a model card": f"vibecoder push USER/REPO --run {where}",
        "Train on from it": f"vibecoder train --adapter {adapter}",
        "Try it": f"mlx_lm.generate --model {shlex.quote(base)} --adapter-path {adapter} --prompt 'Write a ...'",
    }
    if not record.finished:
        commands = {"Go on with this run": f"vibecoder train --resume {where}", **commands}
    python = [
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM",
        "",
        f"base = AutoModelForCausalLM.from_pretrained({base!r})",
        f"model = PeftModel.from_pretrained(base, {str(folder / 'adapter')!r})",
    ]
    text = f"The adapter is {code(folder / 'adapter')}; PEFT and mlx-lm both load it."
    return [
        "## Using it",
        text,
        fence("\n".join(f"# {what}:\n{line}" for what, line in commands.items()), "sh"),
        fence("\n".join(python), "python"),
    ]


def _value(value: Any) -> str:
    text = value_text(value)
    return code(text) if text else "none"
