"""Optimizer state on disk, with the loss scale of float16 training."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

__all__ = ["load_optimizer", "save_optimizer"]

_FILE = "optimizer.pt"


def save_optimizer(optimizer: torch.optim.Optimizer, scaler: Any | None, folder: Path) -> None:
    """`scaler` is torch's `GradScaler`, None where nothing is scaled."""
    state = {"optimizer": optimizer.state_dict(), "scaler": scaler.state_dict() if scaler is not None else {}}
    buffer = io.BytesIO()  # torch's own writing hides a full disk in an error of its own
    torch.save(state, buffer)
    (folder / _FILE).write_bytes(buffer.getvalue())


def load_optimizer(optimizer: torch.optim.Optimizer, scaler: Any | None, folder: Path) -> None:
    state = torch.load(folder / _FILE, map_location="cpu", weights_only=True)
    optimizer.load_state_dict(state["optimizer"])
    if scaler is not None and state["scaler"]:
        scaler.load_state_dict(state["scaler"])
