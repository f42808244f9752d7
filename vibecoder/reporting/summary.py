"""Summarize a run's record for both report pages: settings that differ, losses, facts of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vibecoder import config
from vibecoder.config.files import flatten
from vibecoder.runs.parts import CallMeasurement
from vibecoder.runs.record import RUN_FILE, RunRecord

__all__ = ["DifferingSetting", "differing_settings", "losses_before", "measured_when", "value_text"]


@dataclass(frozen=True, slots=True)
class DifferingSetting:
    """A setting called `key` whose `value` is not the default, of one `stage` or of the whole run (\"\")."""

    stage: str
    key: str
    value: Any
    default: Any


def differing_settings(record: RunRecord) -> list[DifferingSetting]:
    """List the settings that differ from the defaults, then those in which a stage differs from the run."""
    default = _flat(config.to_dict(config.Settings()))
    chosen = _flat(record.settings)
    found = [
        DifferingSetting("", key, value, default.get(key)) for key, value in chosen.items() if value != default.get(key)
    ]
    for stage, settings in record.stage_settings.items():
        own = _flat(settings)
        found += [
            DifferingSetting(stage, key, value, default.get(key))
            for key, value in own.items()
            if value != chosen.get(key)
        ]
    return found


def losses_before(record: RunRecord) -> dict[str, float]:
    """Return the held-out loss at each stage's beginning, where it was measured."""
    return {stage.name: loss for stage in record.stages if (loss := stage.held_out_loss.before) is not None}


def measured_when(result: CallMeasurement) -> str:
    """Say when a measurement was made: `before training` or `after STAGE`."""
    return "before training" if result.is_base else f"after {result.when or '?'}"


def value_text(value: Any) -> str:
    """Format the value of a setting; \"\" where it is empty."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value in ("", None) else f"{value:g}" if isinstance(value, float) else str(value)


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flatten(settings, RUN_FILE).items() if not key.startswith("stages.")}
