"""Optimizer state on disk, as safetensors."""

from __future__ import annotations

from pathlib import Path

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten
from safetensors.numpy import load_file, save

__all__ = ["load_optimizer", "save_optimizer"]

_FILE = "optimizer.safetensors"


def save_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    state = {name: np.array(value) for name, value in tree_flatten(optimizer.state)}
    (folder / _FILE).write_bytes(save(state))


def load_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    state = [(name, mx.array(value)) for name, value in load_file(folder / _FILE).items()]
    optimizer.state = tree_unflatten(state)
