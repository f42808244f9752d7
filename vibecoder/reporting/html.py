"""`report.html`: a run on one page for a browser, in one file without scripts, light and dark.

What improved by category with intervals, losses, the gate, the worst regressions side by side, data and settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder import config
from vibecoder.config.files import flatten
from vibecoder.errors import DataError, OutputError
from vibecoder.evaluate.comparing.compare import Comparison, Row, compare
from vibecoder.evaluate.results import EVALUATIONS, find_results, read_results
from vibecoder.evaluate.types import Verdict
from vibecoder.reporting.svg import interval_bar, loss_panels
from vibecoder.runs.metrics import wilson_interval
from vibecoder.system.units import duration, memory

__all__ = ["write_html"]

_REGRESSIONS, _SAMPLES, _TEXT = 6, 6, 1200


def write_html(
    folder: Path,
    run: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
) -> Path:
    """Write `folder/report.html` from `run.json`, the metrics and the results in `folder/evaluations`, if any.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("vibecoder.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": "{:.0%}".format, "points": lambda share: f"{100 * share:+.1f}"}
    path = folder / "report.html"
    try:
        path.write_text(environment.get_template("report.html").render(_page(folder, run, metrics, samples)), "utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; free space or choose --output") from error
    return path


def _page(
    folder: Path, run: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    stages = [stage for stage in run.get("stages") or () if isinstance(stage, Mapping)]
    before = {
        str(stage["name"]): loss
        for stage in stages
        if (loss := (stage.get("held_out_loss") or {}).get("before")) is not None
    }
    comparison = _comparison(folder)
    return {
        "name": run.get("name") or folder.name,
        "status": run.get("status", "finished"),
        "gate": run.get("gate"),
        "facts": _facts(run, stages),
        "measurements": [_measurement(result) for result in run.get("tool_calls") or () if result.get("total")],
        "rows": _rows(comparison) if comparison else [],
        "panels": loss_panels(metrics, before),
        "stages": [_stage(stage) for stage in stages],
        "refusals": [
            failure for stage in stages for failure in (stage.get("gate") or {}).get("failures", ()) if failure
        ],
        "regressions": [_pair(pair) for pair in comparison.lost[:_REGRESSIONS]] if comparison else [],
        "lost": len(comparison.lost) if comparison else 0,
        "samples": [_sample(sample) for sample in samples[:_SAMPLES]],
        "counts": (run.get("data") or {}).get("counts") or {},
        "settings": _settings(run),
        "versions": run.get("versions") or {},
        "notices": run.get("notices") or [],
    }


def _comparison(folder: Path) -> Comparison | None:
    """Base against the last measurement; None where one of them is missing or they share no prompt."""
    last = find_results(folder)
    base = folder / EVALUATIONS / "base"
    if last is None or last == base or not base.exists():
        return None
    try:
        return compare(read_results(base), read_results(last))
    except DataError:
        return None


def _rows(comparison: Comparison) -> list[dict[str, Any]]:
    reach = max([0.1, *(abs(end) for row in comparison.rows for end in (row.change.low, row.change.high))])

    def shown(row: Row) -> dict[str, Any]:
        found = row.change
        bar = interval_bar(found.difference, found.low, found.high, reach)
        return {"title": row.category or row.title, "inner": bool(row.category), "change": found, "bar": bar}

    return [shown(row) for row in comparison.rows]


def _measurement(result: Mapping[str, Any]) -> dict[str, Any]:
    low, high = wilson_interval(result.get("exact", 0), result["total"])
    when = "before training" if result.get("when") == "base" else f"after {result.get('when')}"
    share = result.get("exact", 0) / result["total"]
    return {"when": when, "exact": result.get("exact", 0), "total": result["total"], "share": share} | {
        "low": low,
        "high": high,
    }


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    loss, gate = stage.get("held_out_loss") or {}, stage.get("gate") or {}
    return {
        "name": stage.get("name", "?"),
        "rows": stage.get("rows"),
        "steps": stage.get("steps"),
        "before": "" if loss.get("before") is None else f"{loss['before']:.3f}",
        "after": "" if loss.get("after") is None else f"{loss['after']:.3f}",
        "peak": memory(stage["peak_memory"]) if stage.get("peak_memory") else "",
        "time": "" if stage.get("seconds") is None else duration(stage["seconds"]),
        "gate": "" if not gate else "kept" if gate.get("kept") else "refused",
        "reasons": gate.get("reasons") or [],
    }


def _facts(run: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    machine, data = run.get("machine") or {}, run.get("data") or {}
    seconds = sum(stage.get("seconds") or 0 for stage in stages)
    facts = [
        ("Model", (run.get("model") or {}).get("name")),
        ("Backend", run.get("backend")),
        ("Machine", machine.get("system")),
        ("Memory", memory(machine["memory"]) if machine.get("memory") else None),
        ("Profile", machine.get("profile")),
        ("Dataset", data.get("path")),
        ("Rows", None if data.get("rows") is None else f"{data['rows']:,}, {data.get('held_out', 0):,} held out"),
        ("SHA-256", data.get("sha256")),
        ("Begun", run.get("created")),
        ("Ended", run.get("finished")),
        ("Training", duration(seconds) if seconds else None),
        ("Command", run.get("command")),
    ]
    return [(title, str(value)) for title, value in facts if value]


def _settings(run: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Settings that differ from the defaults: key, value, default."""
    usual = flatten(config.to_dict(config.Settings()), "defaults")
    given = run.get("settings")
    chosen = flatten(given, "run.json") if isinstance(given, Mapping) else {}
    return [
        (key, _value(value), _value(usual.get(key)))
        for key, value in chosen.items()
        if value != usual.get(key) and not key.startswith("stages.")
    ]


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "none" if value in ("", None) else f"{value:g}" if isinstance(value, float) else str(value)


def _pair(pair: tuple[Verdict, Verdict]) -> dict[str, str]:
    before, after = pair
    expected = after.measures.get("expected")
    return {
        "prompt": after.prompt,
        "kind": f"{after.suite}, {after.category}",
        "reason": after.reason,
        "user": _clipped(str(after.measures.get("user", ""))),
        "expected": _clipped(json.dumps(expected, ensure_ascii=False)) if expected else "",
        "before": _clipped(before.reply),
        "after": _clipped(after.reply),
    }


def _sample(sample: Mapping[str, Any]) -> dict[str, str]:
    return {
        "kind": str(sample.get("category", "")),
        "user": _clipped(_text(sample.get("user"))),
        "expected": _clipped(_text(sample.get("expected"))),
        "before": _clipped(_text(sample.get("base"))),
        "after": _clipped(_text(sample.get("tuned"))),
    }


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clipped(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= _TEXT else f"{text[:_TEXT].rstrip()} [... {len(text) - _TEXT:,} more characters]"
