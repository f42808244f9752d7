"""The rows that an export is made and tested with: those of the run that trained the adapter, else of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vibecoder import config, plugins
from vibecoder.config import profiles
from vibecoder.dataset.source import load_rows
from vibecoder.dataset.split import split
from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer, render
from vibecoder.runs.codec import encode
from vibecoder.runs.record import RunRecord
from vibecoder.system.machine import detect
from vibecoder.types import Example, Infill, Record, Rendered

__all__ = ["ExportRows", "load_export_rows", "rendered_rows"]


@dataclass(frozen=True, slots=True)
class ExportRows:
    """Rows that were trained on, rows that were held out, and the file they are from."""

    learned: Sequence[Record]
    held_out: Sequence[Record]
    path: str


def load_export_rows(adapter: Path | None, data: str | None, registry: plugins.Registry) -> ExportRows:
    """Load the rows of the adapter's run, split as in that run; of `data` or of the settings where there is none.

    Raises:
        DataError: the file is missing, or no longer what the run began with.
    """
    run = RunRecord.find(adapter, above=4) if adapter else None
    settings = config.load_settings(profiles.choose_profile(detect(), "auto"), config.find_project(), ())
    of_run = run.settings if run else {}
    own = of_run.get("data") or {}
    path = data or own.get("path") or settings.data.path
    source = load_rows(path, registry, encode(run.data) if run and data is None else None)
    held_out = float(own.get("held_out", settings.data.held_out))
    learned, unseen = split(source.records, held_out, int(of_run.get("seed", settings.seed)))
    return ExportRows(learned, unseen, source.path)


def rendered_rows(records: Sequence[Record], tokenizer: ChatTokenizer, count: int, longest: int) -> list[Rendered]:
    """Render up to `count` records, evenly spread, cut off after `longest` tokens, without those that cannot be."""
    step = max(1, len(records) // max(count, 1))
    found: list[Rendered] = []
    for record in records[::step]:
        if len(found) == count:
            break
        if not isinstance(record, (Example, Infill)):
            continue
        try:
            row = render(record, tokenizer)
            found.append(replace(row, ids=row.ids[:longest], loss_mask=row.loss_mask[:longest]))
        except DataError:
            continue
    return found
