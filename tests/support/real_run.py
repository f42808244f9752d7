"""Train one tiny run on nano by the command line, once a session, for tests of what a run leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

from support.once import once
from support.processes import vibecoder
from support.rows import reading
from vibecoder.dataset.store import Dataset
from vibecoder.runs.parts import Model
from vibecoder.runs.record import RunRecord

__all__ = ["train_once", "with_base"]

ROWS = 48
SETTINGS = ("train.max_steps=10", "evaluate.prompts=6", "evaluate.samples=3", "data.held_out=0.2")


def train_once(shared: Path) -> Path:
    """Return the folder of a finished run of one stage; the first process that asks trains it below `shared`."""
    return once(shared, "real-run", _train) / "runs" / "real"


def _train(folder: Path) -> None:
    Dataset(folder / "dataset.jsonl").append([reading(number) for number in range(ROWS)])
    words = ["train", "--model", "nano", "--backend", "mlx", "--profile", "cpu-nano", "--stage", "tool-use"]
    words += ["--data", "dataset.jsonl", "--name", "real", "--on-regression", "warn"]
    done = vibecoder(folder, *words, *(word for setting in SETTINGS for word in ("--set", setting)))
    assert done.returncode == 0, done.stdout + done.stderr


def with_base(run: Path, name: str) -> Path:
    """Let a copy of the run, and its adapter, name another base model."""
    path = run / "adapter" / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base_model_name_or_path": name}))
    RunRecord.read(run).changed(model=Model(name=name, base_name=name)).write(run)
    return run
