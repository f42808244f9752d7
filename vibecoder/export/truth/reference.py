"""The trainer's model as the truth test asks it: opened once, its answers kept for every file that is tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import ConfigError
from vibecoder.evaluate.calls import CallScore, score_calls
from vibecoder.export.truth.cases import Cases
from vibecoder.models import ResolvedModel, cache_folder
from vibecoder.rendering import ChatTokenizer
from vibecoder.system.machine import detect
from vibecoder.system.stored import stored_tensors
from vibecoder.types import Backend, BackendSpec, Inspectable, ModelSpec

__all__ = ["Reference", "ask_reference", "open_reference", "positions_of"]

_POSITIONS = 800
_NUMBERS = 48 * 2**20
"""Log-probabilities that are kept at most, over positions and vocabulary."""
_NEW_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Reference:
    """What the trainer's model says: log p [N, V] at the positions of each row, and its replies to the prompts."""

    tokenizer: ChatTokenizer
    cases: Cases
    positions: Sequence[Sequence[int]]
    distributions: Sequence[NDArray[np.float32]]
    calls: CallScore | None
    before: CallScore | None
    precision: str


@contextmanager
def open_reference(spec: BackendSpec, model: ResolvedModel) -> Iterator[tuple[Backend, str]]:
    """Open the model at full precision, in float32 if that takes no more than half of the memory.

    Raises:
        ConfigError: the backend cannot show what its model computes.
    """
    size = sum(int(np.prod(tensor.shape)) * 4 for tensor in stored_tensors(model.folder).values())
    precision = "float32" if size < detect().memory // 2 else "auto"
    backend = spec.open(ModelSpec(str(model.folder), "none", precision, cache=cache_folder()))
    try:
        if not isinstance(backend, Inspectable):
            raise ConfigError(
                f"the backend {spec.name} cannot show what its model computes; use --backend mlx or --backend cuda"
            )
        yield backend, precision
    finally:
        backend.close()


def ask_reference(
    backend: Backend, precision: str, tokenizer: ChatTokenizer, cases: Cases, adapter: Path | None
) -> Reference:
    """Let the trainer's model answer all cases."""
    assert isinstance(backend, Inspectable)
    positions = positions_of(cases, len(tokenizer))
    computed = backend.distributions(cases.rows, adapter)
    distributions = [row[list(chosen)] for row, chosen in zip(computed, positions, strict=True)]
    calls = before = None
    if cases.prompts:
        calls = score_calls(backend, tokenizer, cases.prompts, adapter, _NEW_TOKENS)
        before = score_calls(backend, tokenizer, cases.prompts, None, _NEW_TOKENS) if adapter else None
    return Reference(tokenizer, cases, positions, distributions, calls, before, precision)


def positions_of(cases: Cases, vocabulary: int) -> list[Sequence[int]]:
    """Choose of each row the positions to compare, those that the model speaks at, evenly spread if they are many."""
    total = sum(map(len, cases.spoken))
    step = max(1, -(-total // max(1, min(_POSITIONS, _NUMBERS // max(vocabulary, 1)))))
    return [spoken[::step] for spoken in cases.spoken]
