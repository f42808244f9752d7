"""The one page a run leaves behind, `report.md`: what came of it, on which rows, with which settings, and samples."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder import config
from vibecoder.config.files import flatten
from vibecoder.errors import OutputError
from vibecoder.reporting.gate import gate_section
from vibecoder.reporting.html import write_html
from vibecoder.reporting.markdown import code, fence, inline, table
from vibecoder.reporting.plots import loss_plot, tool_call_plot
from vibecoder.reporting.result import held_out_loss, mapping, number, result_section, tool_calls_section
from vibecoder.reporting.samples import samples_section
from vibecoder.runs.metrics import by_stage
from vibecoder.system.units import duration, memory, rate

__all__ = ["write_report"]

_REASONS = {"over_length": "over length", "unsupervised": "nothing to learn from", "refused": "refused by the template"}


def write_report(
    folder: Path,
    run: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
) -> Path:
    """Write `folder/report.md`, the plots it shows and `report.html`, from `run.json` and `metrics.jsonl`.

    What they lack is left out.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    stages, calls = _list(run, "stages"), _list(run, "tool_calls")
    before = {s["name"]: loss for s in stages if "name" in s and (loss := held_out_loss(s, "before")) is not None}
    pictures = []
    if tool_call_plot(calls, folder / "plots" / "tool_calls.png"):
        pictures.append("![Held-out tool calls exactly right, before and after each stage](plots/tool_calls.png)")
    if loss_plot(metrics, folder / "plots" / "loss.png", before):
        pictures.append("![Training and held-out loss of each stage](plots/loss.png)")
    blocks = [
        f"# {inline(run.get('name') or folder.name)}",
        _introduction(run, stages),
        *result_section(stages, calls),
        *pictures,
        *gate_section(run, stages),
        *tool_calls_section(calls),
        *_stages(stages),
        _at_saves(metrics),
        *_changes(_list(run, "changes")),
        *_data(mapping(run, "data"), _list(run, "notices")),
        *_settings(run),
        *_machine(run),
        *_next(folder, run),
        *samples_section(samples),
    ]
    path = folder / "report.md"
    try:
        path.write_text("\n\n".join(block for block in blocks if block) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; free space or choose --output") from error
    write_html(folder, run, metrics, samples)
    return path


def _introduction(run: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> str:
    model, machine = mapping(run, "model"), mapping(run, "machine")
    parts = [f"{code(model['name'])}, tuned" if model.get("name") else "A model, tuned"]
    if stages:
        parts.append(f"in {_count(len(stages), 'stage')} ({', '.join(inline(s.get('name', '?')) for s in stages)})")
    if run.get("backend"):
        parts.append(f"by the {inline(run['backend'])} backend")
    if machine.get("profile"):
        parts.append(f"with the profile {inline(machine['profile'])}")
    seconds = sum(s.get("seconds") or 0 for s in stages)
    times = [f"{duration(seconds)} of training"] if seconds else []
    times += [
        f"{word} {inline(run[key])}" for key, word in (("created", "begun"), ("finished", "ended")) if run.get(key)
    ]
    return f"{' '.join(parts)}{': ' if times else ''}{', '.join(times)}."


def _stages(stages: Sequence[Mapping[str, Any]]) -> list[str]:
    if not stages:
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
    for stage in stages:
        dropped = [f"{n} {_REASONS.get(why, inline(why))}" for why, n in mapping(stage, "dropped").items() if n]
        share, speed, peak = stage.get("supervised_share"), stage.get("tokens_per_second"), stage.get("peak_memory")
        rows.append(
            [
                inline(stage.get("name", "?")),
                number(stage.get("rows")),
                ", ".join(dropped) or "0",
                "" if share is None else f"{share:.0%}",
                number(stage.get("steps")),
                number(stage.get("best_step")),
                rate(speed) if speed else "",
                memory(peak) if peak else "",
                memory(predicted) if (predicted := mapping(stage, "memory").get("predicted")) else "",
                "" if stage.get("seconds") is None else duration(stage["seconds"]),
            ]
        )
    note = "Rows are those trained on; *left out* counts rows dropped whole; *best step* had the lowest held-out loss."
    return ["## Stages", table(titles, rows), note]


def _at_saves(metrics: Sequence[Mapping[str, Any]]) -> str:
    """The few held-out calls asked at every save, stage by stage."""
    lines = [
        f"- {inline(stage)}: " + ", ".join(f"step {e['step']} {e['exact']} of {e['total']}" for e in events)
        for stage, events in by_stage(metrics, "probe").items()
    ]
    return "Held-out tool calls exact at the saves on the way:\n\n" + "\n".join(lines) if lines else ""


def _changes(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was changed on the way because memory ran out."""
    if not changes:
        return []
    return ["## Changed on the way", "\n".join(f"- {inline(change.get('text', '?'))}" for change in changes)]


def _data(data: Mapping[str, Any], notices: Sequence[Any]) -> list[str]:
    if not data:
        return []
    facts = [f"File: {code(data['path'])}"] if data.get("path") else []
    facts += [f"SHA-256: {code(data['sha256'])}"] if data.get("sha256") else []
    if data.get("rows") is not None:
        held = f", {number(data['held_out'])} of them held out of training" if data.get("held_out") is not None else ""
        facts.append(f"Rows: {number(data['rows'])}{held}")
    if data.get("bad") is not None:
        facts.append(f"Bad lines passed over: {number(data['bad'])}")
    facts += [f"Note: {inline(notice)}" for notice in notices]
    counts = mapping(data, "counts")
    rows = [[inline(category), number(count)] for category, count in counts.items()]
    return ["## Data", "\n".join(f"- {fact}" for fact in facts), table(["category", "rows"], rows) if rows else ""]


def _settings(run: Mapping[str, Any]) -> list[str]:
    default = _flat(config.to_dict(config.Settings()))
    chosen = _flat(mapping(run, "settings"))
    if not chosen:
        return []
    differing = [("", key, value, default.get(key)) for key, value in chosen.items() if value != default.get(key)]
    for stage, settings in mapping(run, "stage_settings").items():
        own = _flat(settings if isinstance(settings, Mapping) else {})
        differing += [(stage, key, value, default.get(key)) for key, value in own.items() if value != chosen.get(key)]
    if not differing:
        return ["## Settings", "All settings have their default values."]
    rows = [
        [code(key) + (f" in stage {inline(stage)}" if stage else ""), _value(value), _value(usual)]
        for stage, key, value, usual in differing
    ]
    return ["## Settings", "Those that differ from the defaults:", table(["setting", "here", "default"], rows, False)]


def _machine(run: Mapping[str, Any]) -> list[str]:
    machine, versions = mapping(run, "machine"), mapping(run, "versions")
    facts = []
    if machine.get("system"):
        facts.append(f"Machine: {inline(machine['system'])}")
    if machine.get("memory"):
        facts.append(f"Memory: {memory(machine['memory'])}")
    if machine.get("profile"):
        reason = f" ({inline(machine['reason'])})" if machine.get("reason") else ""
        facts.append(f"Profile: {inline(machine['profile'])}{reason}")
    if versions:
        facts.append(f"Versions: {', '.join(f'{inline(k)} {inline(v)}' for k, v in versions.items())}")
    if run.get("command"):
        facts.append(f"Command: {code(run['command'])}")
    return ["## Machine and versions", "\n".join(f"- {fact}" for fact in facts)] if facts else []


def _next(folder: Path, run: Mapping[str, Any]) -> list[str]:
    where, adapter = shlex.quote(str(folder)), shlex.quote(str(folder / "adapter"))
    base = str(mapping(run, "model").get("base_name") or "BASE")
    commands = {
        "Publish it with a model card": f"vibecoder push USER/REPO --run {where}",
        "Train on from it": f"vibecoder train --adapter {adapter}",
        "Try it": f"mlx_lm.generate --model {shlex.quote(base)} --adapter-path {adapter} --prompt 'Write a ...'",
    }
    if not run.get("finished"):
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


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    return code(f"{value:g}" if isinstance(value, float) else value) if value not in ("", None) else "none"


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flatten(settings, "run.json").items() if not key.startswith("stages.")}


def _list(run: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = run.get(key)
    return value if isinstance(value, (list, tuple)) else ()
