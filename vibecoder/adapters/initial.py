"""Draw the initial LoRA weights in the host, so that every backend starts from the same numbers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import ModelError
from vibecoder.types import LoraSpec

__all__ = ["LoraWeights", "Pair", "initial_weights", "is_target"]

Pair: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
LoraWeights: TypeAlias = Mapping[str, Pair]
"""Layer name (`model.layers.0.self_attn.q_proj`) -> (A [rank, in], B [out, rank]), float32."""


def is_target(name: str, lora: LoraSpec) -> bool:
    """Tell whether the layer called `name` gets an adapter: it is in a numbered block and its last part is a target."""
    parts = name.split(".")
    return parts[-1] in lora.targets and any(part.isdigit() for part in parts)


def initial_weights(shapes: Iterable[tuple[str, int, int]], lora: LoraSpec, seed: int) -> dict[str, Pair]:
    """Draw fresh LoRA weights for layers `(name, in, out)`: A uniform within 1/sqrt(in), as PEFT draws it, and B zero.

    Each layer has its own stream keyed by seed and name, so the values do not depend on the order of layers.

    Raises:
        ModelError: the model has no layer of the wanted names.
    """
    weights: dict[str, Pair] = {}
    for name, inputs, outputs in shapes:
        key = int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:16], "big")
        bound = 1 / math.sqrt(inputs)
        a = np.random.Generator(np.random.Philox(key=key)).uniform(-bound, bound, (lora.rank, inputs))
        weights[name] = (a.astype(np.float32), np.zeros((outputs, lora.rank), np.float32))
    if not weights:
        raise ModelError(
            f"the model has no linear layer named {', '.join(lora.targets)}; set lora.targets to names it has"
        )
    return weights
