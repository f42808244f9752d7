"""Read and write `run.json`, the record of a run: what was planned, how each stage went, what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vibecoder.errors import DataError
from vibecoder.runs.codec import OMITTED, WrongValue, decode, encode
from vibecoder.runs.parts import CallMeasurement, Data, GateStop, Machine, Model, RunChange, Sample, StageRecord
from vibecoder.system.writing import write_json

__all__ = ["FINISHED", "RUNNING", "RUN_FILE", "STOPPED", "STOPPED_BY_GATE", "VERSION", "RunRecord"]

RUN_FILE = "run.json"
VERSION = 2
"""Version 1 had no `version`; every field of it means the same today."""
RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
STOPPED_BY_GATE = "stopped by the gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run: what was planned, what it trained and measured. Fields that an older version lacks have their defaults.

    `settings` and `stage_settings` are nested as in `vibecoder.yaml`; `created` and `finished` are ISO 8601 times.
    `relief` holds the memory-saving changes in effect after memory ran out. Keys of a later version stay in `extra`.
    """

    version: int = VERSION
    name: str = ""
    backend: str = ""
    machine: Machine = field(default_factory=Machine)
    model: Model = field(default_factory=Model)
    start_adapter: str | None = None
    data: Data = field(default_factory=Data)
    settings: Mapping[str, Any] = field(default_factory=dict)
    stage_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    plan: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[str, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    tool_calls: tuple[CallMeasurement, ...] = ()
    status: str = RUNNING
    created: str | None = field(default=None, metadata=OMITTED)
    command: str | None = field(default=None, metadata=OMITTED)
    versions: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[Sample, ...] = field(default=(), metadata=OMITTED)
    relief: Mapping[str, Any] | None = field(default=None, metadata=OMITTED)
    changes: tuple[RunChange, ...] = field(default=(), metadata=OMITTED)
    gate: GateStop | None = field(default=None, metadata=OMITTED)
    finished: str | None = field(default=None, metadata=OMITTED)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> RunRecord:
        """Read the record of the run in `folder`.

        Raises:
            DataError: there is none, it is damaged, or a later version of vibecoder wrote it.
        """
        path = folder / RUN_FILE
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{folder} is no run: it has no readable run.json; see the folders below runs/") from error
        return cls.from_json(value, str(path))

    @classmethod
    def from_json(cls, value: Any, source: str = RUN_FILE) -> RunRecord:
        """Read a record from the JSON value of a `run.json`; `source` names it in errors.

        Raises:
            DataError: it is damaged, or a later version of vibecoder wrote it.
        """
        try:
            record = decode(cls, value)
        except WrongValue as error:
            raise DataError(f"{source} is damaged: {error}; restore it, or start a new run") from error
        if record.version > VERSION:
            raise DataError(
                f"{source} has version {record.version}, this vibecoder reads up to {VERSION}; "
                "upgrade it: pip install -U vibecoder"
            )
        return record if isinstance(value, dict) and "version" in value else replace(record, version=1)

    @classmethod
    def find(cls, path: Path, above: int = 0) -> RunRecord | None:
        """Read the record in `path` or in one of as many folders `above` it; None where none is readable."""
        for folder in [path, *list(path.resolve().parents)[:above]]:
            if (folder / RUN_FILE).is_file():
                try:
                    return cls.read(folder)
                except DataError:
                    continue
        return None

    def write(self, folder: Path) -> None:
        """Write the record to `folder`, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        write_json(folder / RUN_FILE, self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Convert the record to the JSON value of `run.json`."""
        value: dict[str, Any] = encode(self)
        return value if self.version > 1 else {key: item for key, item in value.items() if key != "version"}

    def changed(self, **changes: Any) -> RunRecord:
        """Return the record with some fields replaced, in today's version."""
        return replace(self, **{"version": VERSION, **changes})

    @property
    def measurements(self) -> tuple[CallMeasurement, ...]:
        """The measurements of held-out tool calls that had prompts, in order."""
        return tuple(result for result in self.tool_calls if result.total)

    @property
    def base_calls(self) -> CallMeasurement | None:
        """The measurement before training, if there was one."""
        return next((result for result in self.measurements if result.is_base), None)

    @property
    def final_calls(self) -> CallMeasurement | None:
        """The last measurement after a stage, if there was one."""
        return next((result for result in reversed(self.measurements) if not result.is_base), None)

    @property
    def seconds(self) -> float:
        """The time of training over all stages."""
        return sum(stage.seconds or 0 for stage in self.stages)
