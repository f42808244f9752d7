"""Session logs imported as rows, and who says what in them."""

from __future__ import annotations

from pathlib import Path

from support.session_log import SessionLog
from vibecoder.dataset.importing import ImportResult, run_import
from vibecoder.dataset.store import Dataset
from vibecoder.types import Example, ImportJob
from vibecoder_datasets.importers import CLAUDE

__all__ = ["imported", "told"]


def imported(folder: Path, *logs: SessionLog) -> tuple[ImportResult, list[Example]]:
    """Write logs into a folder of projects, import it, and return the conversations."""
    projects = folder / "projects"
    for log in logs:
        log.write(projects)
    result = run_import(CLAUDE, ImportJob(projects), folder / "rows.jsonl")
    into = folder / "rows.jsonl"
    records = Dataset(into).read().records if into.exists() else ()
    return result, [record for record in records if isinstance(record, Example)]


def told(rows: list[Example]) -> list[tuple[str, str]]:
    """Who said what, calls as their name."""
    return [
        (turn["role"], turn["content"] or " ".join(call["function"]["name"] for call in turn.get("tool_calls", ())))
        for row in rows for turn in row.messages if turn["role"] != "system"
    ]  # fmt: skip
