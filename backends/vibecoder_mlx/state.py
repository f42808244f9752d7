"""Optimizer state on disk, as safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_unflatten

__all__ = ["load_optimizer", "save_optimizer"]


def save_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    mx.save_safetensors(str(folder / "optimizer.safetensors"), dict(tree_flatten(optimizer.state)))


def load_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    state: Any = mx.load(str(folder / "optimizer.safetensors"))
    optimizer.state = tree_unflatten(list(state.items()))
