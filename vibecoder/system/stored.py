"""Read and write safetensors files tensor by tensor, so that memory holds one tensor and not a model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.system.model_files import weight_files
from vibecoder.system.tensors import tensors_flaw

__all__ = ["StoredTensor", "as_stored", "stored_tensors", "write_tensors"]

_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor in a file, not read yet; `kind` is safetensors' name of its type, such as `BF16`."""

    path: Path
    kind: str
    shape: tuple[int, ...]
    start: int
    size: int

    def bytes(self) -> NDArray[np.uint8]:
        """Read its bytes as they are."""
        return np.fromfile(self.path, np.uint8, self.size, offset=self.start)

    def read(self) -> NDArray[np.float32]:
        """Read it as float32.

        Raises:
            ValueError: its numbers are of another kind than floating point of 16, 32 or 64 bits.
        """
        if self.kind not in _NUMPY:
            raise ValueError(f"numbers of the kind {self.kind}, which are no plain floating-point weights")
        data = self.bytes().view(_NUMPY[self.kind])
        if self.kind == "BF16":
            return widened(data).reshape(self.shape)
        return data.astype(np.float32, copy=False).reshape(self.shape)


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """List the tensors of a model's folder, whose files must be whole.

    Raises:
        ValueError: a file is damaged.
    """
    found: dict[str, StoredTensor] = {}
    for path in weight_files(folder):
        if flaw := tensors_flaw(path):
            raise ValueError(f"{path.name} {flaw}")
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            found[name] = StoredTensor(path, entry["dtype"], tuple(entry["shape"]), 8 + length + start, end - start)
    return found


def write_tensors(
    path: Path,
    tensors: Mapping[str, tuple[str, tuple[int, ...], int]],
    data: Iterable[NDArray[Any]],
) -> None:
    """Write a file of `tensors`, name -> (kind, shape, bytes), whose contents `data` yields in the same order."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (kind, shape, size) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in data:
            np.ascontiguousarray(array).tofile(file)


def as_stored(values: NDArray[np.float32], kind: str) -> NDArray[Any]:
    """Round float32 to a kind of number; bfloat16 comes as its bits, in uint16."""
    if kind == "BF16":
        return narrowed(values)
    return values.astype(_NUMPY[kind], copy=False)


def widened(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Turn the bits of bfloat16 numbers, the upper half of a float32, into float32."""
    wide = bits.astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)


def narrowed(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Round finite float32 numbers to the nearest bfloat16, ties to even, as bits."""
    wide = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)
