"""Quantize rows of float32 with llama.cpp's own quantizer, which the library inside xllamacpp exports.

Nothing is compiled and no program is started: the function `ggml_quantize_chunk` is called through ctypes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from gguf import GGML_QUANT_SIZES
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray

from vibecoder.errors import BackendError
from vibecoder.export.llama.library import load_library
from vibecoder.system.machine import cores
from vibecoder.system.stored import as_stored

__all__ = ["check_quantizer", "encode", "size_of"]

_PLAIN = {Kind.F32: "F32", Kind.F16: "F16", Kind.BF16: "BF16"}
_LARGEST_HALF = 65504.0
_WORTH_SHARING = 2**18


def size_of(kind: Kind, shape: tuple[int, ...]) -> int:
    """Compute how many bytes a tensor of `shape` takes in a file."""
    block, size = GGML_QUANT_SIZES[kind]
    return int(np.prod(shape, dtype=np.int64)) // int(block) * int(size)


def check_quantizer() -> None:
    """Load llama.cpp's quantizer.

    Raises:
        ConfigError: xllamacpp is not installed, or its library has no such function.
    """
    load_library()


def encode(values: NDArray[np.float32], kind: Kind, importance: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
    """Turn a float32 matrix [rows, n] into the bytes of `kind`, [rows, bytes a row].

    `importance` [n] says how much an error in each column costs: the mean square of the input that meets it.

    Raises:
        BackendError: the matrix has numbers that `kind` cannot hold.
    """
    values = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(values).all():
        raise BackendError("the merged weights have numbers that are not finite; use an earlier checkpoint")
    if kind in _PLAIN:
        if kind is Kind.F16 and np.abs(values).max(initial=0) > _LARGEST_HALF:
            raise BackendError("the merged weights have numbers too large for F16; export BF16 or Q8_0")
        stored = as_stored(values, _PLAIN[kind])
        return stored.view(np.uint8).reshape(*values.shape[:-1], -1)
    rows, columns = values.shape
    out = np.empty((rows, size_of(kind, values.shape) // rows), np.uint8)
    weights = None if importance is None else np.ascontiguousarray(importance, np.float32)
    if weights is not None and weights.shape != (columns,):
        raise BackendError(f"an importance of {weights.shape} does not fit a matrix of {values.shape}")
    costs = None if weights is None else weights.ctypes.data

    def quantize(first: int) -> int:
        place = (values.ctypes.data, out.ctypes.data, first * columns, min(share, rows - first), columns)
        return int(load_library().ggml_quantize_chunk(int(kind), *place, costs))

    share = -(-rows // (cores() if values.size > _WORTH_SHARING else 1))
    starts = range(0, rows, share)
    with ThreadPoolExecutor(len(starts)) as pool:  # ctypes lets go of the interpreter's lock
        done = sum(pool.map(quantize, starts))
    if done != out.nbytes:
        raise BackendError(f"llama.cpp's quantizer wrote {done} bytes of {out.nbytes}; upgrade xllamacpp")
    return out
