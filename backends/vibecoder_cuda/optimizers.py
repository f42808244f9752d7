"""The table of optimizers, and their state on disk with the loss scale of float16 training."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import bitsandbytes
import torch
from peft import PeftModel

from vibecoder.training.tables import entry
from vibecoder.types import OptimizerSpec

__all__ = ["OPTIMIZERS", "build_optimizer", "load_optimizer", "save_optimizer"]

_FILE = "optimizer.pt"

OPTIMIZERS: Mapping[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": partial(torch.optim.AdamW, foreach=True),  # all tensors in a few calls, on a CPU as well
    "adamw-8bit": bitsandbytes.optim.AdamW8bit,
    "paged-adamw-8bit": bitsandbytes.optim.PagedAdamW8bit,
}


def build_optimizer(adapted: PeftModel, settings: OptimizerSpec) -> torch.optim.Optimizer:
    """Build the optimizer of the model's trainable parameters, at a learning rate of 0.

    Raises:
        ConfigError: there is none of that name.
    """
    kind = entry(OPTIMIZERS, settings.name, "optimizer")
    parameters = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    return kind(parameters, lr=0.0, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay)


def save_optimizer(optimizer: torch.optim.Optimizer, scaler: Any | None, folder: Path) -> None:
    """Write the optimizer's state into `folder`; `scaler` is torch's `GradScaler`, None where nothing is scaled."""
    state = {"optimizer": optimizer.state_dict(), "scaler": scaler.state_dict() if scaler is not None else {}}
    buffer = io.BytesIO()  # torch's own writing hides a full disk in an error of its own
    torch.save(state, buffer)
    (folder / _FILE).write_bytes(buffer.getvalue())


def load_optimizer(optimizer: torch.optim.Optimizer, scaler: Any | None, folder: Path) -> None:
    """Read the state that `save_optimizer` wrote."""
    state = torch.load(folder / _FILE, map_location="cpu", weights_only=True)
    optimizer.load_state_dict(state["optimizer"])
    if scaler is not None and state["scaler"]:
        scaler.load_state_dict(state["scaler"])
