"""Write `report.html`: a run on one page for a browser, in one file without scripts, light and dark.

What improved by category with intervals, losses, the gate, the worst regressions side by side, data and settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError, OutputError
from vibecoder.evaluate.comparing.compare import ModelComparison, Row, compare
from vibecoder.evaluate.results import EVALUATIONS, find_results, read_results
from vibecoder.evaluate.types import Verdict
from vibecoder.reporting.summary import differing_settings, losses_before, measured_when, value_text
from vibecoder.reporting.svg import interval_bar, loss_panels
from vibecoder.runs.metrics import wilson_interval
from vibecoder.runs.parts import CallMeasurement, Sample, StageRecord
from vibecoder.runs.record import RunRecord
from vibecoder.system.units import duration, memory

__all__ = ["write_html"]

_REGRESSIONS, _SAMPLES, _TEXT = 6, 6, 1200


def write_html(folder: Path, record: RunRecord, metrics: Sequence[Mapping[str, Any]]) -> Path:
    """Write `folder/report.html` from a run's record, its metrics and the results in `folder/evaluations`, if any.

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
        path.write_text(environment.get_template("report.html").render(_page(folder, record, metrics)), "utf-8")
    except OSError as error:
        raise OutputError.of(path, error) from error
    return path


def _page(folder: Path, record: RunRecord, metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    comparison = _comparison(folder)
    return {
        "name": record.name or folder.name,
        "status": record.status,
        "gate": record.gate,
        "facts": _facts(record),
        "measurements": [_measurement(result) for result in record.measurements],
        "rows": _rows(comparison) if comparison else [],
        "panels": loss_panels(metrics, losses_before(record)),
        "stages": [_stage(stage) for stage in record.stages],
        "refusals": [failure for stage in record.stages if stage.gate for failure in stage.gate.failures],
        "regressions": [_pair(pair) for pair in comparison.lost[:_REGRESSIONS]] if comparison else [],
        "lost": len(comparison.lost) if comparison else 0,
        "samples": [_sample(sample) for sample in record.samples[:_SAMPLES]],
        "counts": record.data.counts,
        "settings": _settings(record),
        "versions": record.versions,
        "notices": record.notices,
    }


def _comparison(folder: Path) -> ModelComparison | None:
    """Compare the base with the last measurement; None where one of them is missing or they share no prompt."""
    last = find_results(folder)
    base = folder / EVALUATIONS / "base"
    if last is None or last == base or not base.exists():
        return None
    try:
        return compare(read_results(base), read_results(last))
    except DataError:
        return None


def _rows(comparison: ModelComparison) -> list[dict[str, Any]]:
    reach = max([0.1, *(abs(end) for row in comparison.rows for end in (row.change.low, row.change.high))])

    def shown(row: Row) -> dict[str, Any]:
        found = row.change
        bar = interval_bar(found.difference, found.low, found.high, reach)
        return {"title": row.category or row.title, "inner": bool(row.category), "change": found, "bar": bar}

    return [shown(row) for row in comparison.rows]


def _measurement(result: CallMeasurement) -> dict[str, Any]:
    low, high = wilson_interval(result.exact, result.total)
    return {
        "when": measured_when(result),
        "exact": result.exact,
        "total": result.total,
        "share": result.exact / result.total,
        "low": low,
        "high": high,
    }


def _stage(stage: StageRecord) -> dict[str, Any]:
    loss, gate = stage.held_out_loss, stage.gate
    return {
        "name": stage.name,
        "rows": stage.rows,
        "steps": stage.steps,
        "before": "" if loss.before is None else f"{loss.before:.3f}",
        "after": "" if loss.after is None else f"{loss.after:.3f}",
        "peak": memory(stage.peak_memory) if stage.peak_memory else "",
        "time": "" if stage.seconds is None else duration(stage.seconds),
        "gate": "" if not gate else "kept" if gate.kept else "refused",
        "reasons": gate.reasons if gate else (),
    }


def _facts(record: RunRecord) -> list[tuple[str, str]]:
    data = record.data
    facts = [
        ("Model", record.model.name),
        ("Backend", record.backend),
        ("Machine", record.machine.system),
        ("Memory", memory(record.machine.memory) if record.machine.memory else None),
        ("Profile", record.machine.profile),
        ("Dataset", data.path),
        ("Rows", None if data.rows is None else f"{data.rows:,}, {data.held_out or 0:,} held out"),
        ("SHA-256", data.sha256),
        ("Begun", record.created),
        ("Ended", record.finished),
        ("Training", duration(record.seconds) if record.seconds else None),
        ("Command", record.command),
    ]
    return [(title, str(value)) for title, value in facts if value]


def _settings(record: RunRecord) -> list[tuple[str, str, str]]:
    """List settings of the whole run that differ from the defaults: key, value, default."""
    return [
        (item.key, value_text(item.value) or "none", value_text(item.default) or "none")
        for item in differing_settings(record)
        if not item.stage
    ]


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


def _sample(sample: Sample) -> dict[str, str]:
    return {
        "kind": sample.category,
        "user": _clipped(sample.user),
        "expected": _clipped(sample.expected),
        "before": _clipped(sample.base or ""),
        "after": _clipped(sample.tuned or ""),
    }


def _clipped(text: str) -> str:
    text = text.strip("\n")
    return text if len(text) <= _TEXT else f"{text[:_TEXT].rstrip()} [... {len(text) - _TEXT:,} more characters]"
