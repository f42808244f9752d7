"""Folders that are either complete or not there: adapters and checkpoints survive `kill -9` and a full disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

__all__ = ["checkpoint_folder", "latest_checkpoint", "prune_checkpoints", "read_state"]


def checkpoint_folder(stage_folder: Path, step: int) -> Path:
    """Name the checkpoint of `step`, without making it."""
    return stage_folder / "checkpoints" / f"step-{step:06d}"


def latest_checkpoint(stage_folder: Path) -> Path | None:
    """Find the complete checkpoint of the highest step; None where there is none."""
    found = sorted((stage_folder / "checkpoints").glob("step-*/state.json"))
    return found[-1].parent if found else None


def prune_checkpoints(stage_folder: Path, keep: int) -> None:
    """Delete all checkpoints but the newest `keep`, one at least."""
    for old in sorted((stage_folder / "checkpoints").glob("step-*"))[: -max(1, keep)]:
        shutil.rmtree(old, ignore_errors=True)


def read_state(checkpoint: Path) -> dict[str, Any]:
    """Read a checkpoint's `state.json`: `step`, `stage`, the `schedule`'s digest, and `best` with `step` and `loss`."""
    state: dict[str, Any] = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    return state
