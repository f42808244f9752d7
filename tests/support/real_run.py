"""Train one tiny run on nano by the command line, once a session, for tests of what a run leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from support.rows import reading
from vibecoder.dataset.store import Dataset
from vibecoder.runs.parts import Model
from vibecoder.runs.record import RunRecord

__all__ = ["train_once", "with_base"]

ROWS = 48
SETTINGS = ("train.max_steps=10", "evaluate.prompts=6", "evaluate.samples=3", "data.held_out=0.2")


def train_once(shared: Path) -> Path:
    """Return the folder of a finished run of one stage; the first process that asks trains it below `shared`."""
    folder = shared / "real-run"
    with FileLock(shared / "real-run.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            Dataset(folder / "dataset.jsonl").append([reading(number) for number in range(ROWS)])
            sets = [part for item in SETTINGS for part in ("--set", item)]
            command = [sys.executable, "-m", "vibecoder", "train", "--model", "nano", "--backend", "mlx"]
            command += ["--profile", "cpu-nano", "--stage", "tool-use", "--data", "dataset.jsonl", "--name", "real"]
            done = subprocess.run(
                [*command, "--on-regression", "warn", *sets],
                cwd=folder,
                env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            (folder / "done").touch()
    return folder / "runs" / "real"


def with_base(run: Path, name: str) -> Path:
    """Let a copy of the run, and its adapter, name another base model."""
    path = run / "adapter" / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"base_model_name_or_path": name}))
    RunRecord.read(run).changed(model=Model(name=name, base_name=name)).write(run)
    return run
