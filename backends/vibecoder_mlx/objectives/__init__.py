"""The table of objectives that this backend trains, each with its training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import mlx.core as mx
import mlx.nn as nn

from vibecoder.types import SFT, Batch
from vibecoder_mlx.objectives import sft
from vibecoder_mlx.passes.gradients import Gradients
from vibecoder_mlx.passes.parts import Parts

__all__ = ["OBJECTIVES", "Step"]

Step: TypeAlias = Callable[
    [nn.Module, Parts, Sequence[Batch], bool, mx.distributed.Group],
    tuple[float, Gradients],
]
"""From a step's micro-batches to its loss and gradients; the fourth argument is the schedule's `prefix_once`."""

OBJECTIVES: Mapping[str, Step] = {SFT.name: sft.step}
