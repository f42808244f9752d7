"""Weigh each column of a model's matrices by the inputs that it gets on the run's own rows, for quantization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.export.gguf.architectures import find_architecture
from vibecoder.export.gguf.writer import Importance, tensor_names
from vibecoder.models import read_config
from vibecoder.types import Inspectable, Rendered

__all__ = ["measure_importance"]

_FLOOR = 1e-6
"""Share of a matrix's mean that every column has at least, so that none is worth nothing."""


def measure_importance(
    backend: Inspectable, rows: Sequence[Rendered], folder: Path, adapter: Path | None
) -> Importance:
    """Compute the mean square of each matrix's inputs over `rows`, under llama.cpp's names.

    The quantizers minimize the squared error of each weight times this: of the output, that is, on such rows.
    """
    found = find_architecture(read_config(folder), folder.name)
    squares = backend.input_squares([row.ids.tolist() for row in rows], [_weights(row) for row in rows], adapter)
    names = tensor_names(found, [f"{layer}.weight" for layer in squares], folder.name)
    importance = {theirs: _floored(squares[ours.removesuffix(".weight")]) for theirs, ours in names.items()}
    # Tied, the embedding is the output's matrix, and is quantized as that.
    return _with_tied(importance)


def _weights(row: Rendered) -> NDArray[np.float32]:
    """Weigh the positions of a row: those at which the model speaks count together as much as all."""
    spoken = np.append(row.loss_mask[1:], False).astype(np.float32)
    found: NDArray[np.float32] = spoken / max(spoken.sum(), 1) + np.float32(1 / max(len(row), 1))
    return found


def _floored(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.maximum(squares, squares.mean() * np.float32(_FLOOR))
    return found


def _with_tied(importance: Mapping[str, NDArray[np.float32]]) -> Importance:
    output = importance.get("output.weight")
    return {**importance, "token_embd.weight": output} if output is not None else importance
