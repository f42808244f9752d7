"""The table of optimizers, and their state on disk as safetensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten
from safetensors.numpy import load_file, save

from vibecoder.training.tables import entry
from vibecoder.types import OptimizerSpec

__all__ = ["OPTIMIZERS", "build_optimizer", "load_optimizer", "save_optimizer"]

_FILE = "optimizer.safetensors"


def _adamw(settings: OptimizerSpec) -> optim.AdamW:
    """Build AdamW with bias correction, as torch computes it and MLX by default does not."""
    return optim.AdamW(
        0.0, betas=list(settings.betas), eps=settings.eps, weight_decay=settings.weight_decay, bias_correction=True
    )


OPTIMIZERS: Mapping[str, Callable[[OptimizerSpec], optim.Optimizer]] = {"adamw": _adamw}


def build_optimizer(model: nn.Module, settings: OptimizerSpec) -> optim.Optimizer:
    """Build the optimizer of the model's trainable parameters, at a learning rate of 0.

    Raises:
        ConfigError: there is none of that name.
    """
    optimizer = entry(OPTIMIZERS, settings.name, "optimizer")(settings)
    optimizer.init(model.trainable_parameters())
    return optimizer


def save_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    """Write the optimizer's state into `folder`."""
    state = {name: np.array(value) for name, value in tree_flatten(optimizer.state)}
    (folder / _FILE).write_bytes(save(state))


def load_optimizer(optimizer: optim.Optimizer, folder: Path) -> None:
    """Read the state that `save_optimizer` wrote."""
    state = [(name, mx.array(value)) for name, value in load_file(folder / _FILE).items()]
    optimizer.state = tree_unflatten(state)
