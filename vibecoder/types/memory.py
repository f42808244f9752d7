"""What a peak of memory is predicted from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vibecoder.types.jobs import LoraSpec, ModelSpec

__all__ = ["Dimensions", "MemoryModel", "MemorySetup", "Workload"]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """A decoder's sizes, as its `config.json` has them.

    `ff` is the feed-forward width, of one expert where there are several; `biases` counts those of one layer.
    """

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ff: int
    vocabulary: int
    tied: bool = False
    biases: int = 0
    experts: int = 1
    experts_used: int = 1

    @property
    def queries(self) -> int:
        """Numbers in the queries of one token and layer."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Numbers in the keys of one token and layer; the values have as many."""
        return self.kv_heads * self.head_dim


@dataclass(frozen=True, slots=True)
class Workload:
    """A micro-batch by size: `rows` of `width` tokens after `prefix` shared ones; `targets` of all are supervised.

    With `apart` of the prefix only keys and values are at hand, since other micro-batches have it as well.
    """

    rows: int
    width: int
    prefix: int
    targets: int
    apart: bool = False


@dataclass(frozen=True, slots=True)
class MemorySetup:
    """What stays the same from micro-batch to micro-batch. `device` is `apple`, `nvidia` or `cpu`."""

    dimensions: Dimensions
    model: ModelSpec
    lora: LoraSpec
    optimizer: str
    device: str


@dataclass(frozen=True, slots=True)
class MemoryModel:
    """How much memory a backend takes, in bytes by what for; calibrated by `benchmarks/fit.py`.

    `devices` are the kinds it computes on, best first. `standing` is there throughout training, `working` at the peak
    of one micro-batch.
    """

    devices: tuple[str, ...]
    standing: Callable[[MemorySetup], Mapping[str, int]]
    working: Callable[[MemorySetup, Workload], Mapping[str, int]]
