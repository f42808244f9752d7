"""Read safetensors files as float32 arrays, and name what is wrong with a file that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

__all__ = ["file_flaw", "read_tensors", "tensors_flaw"]

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_LFS = b"version https://git-lfs"
_ANSWERS = (b"<", b"entry not found", b"not found", b"access to", b"invalid username", b"repository not found")
"""How the page or the line begins that a server sent instead of a file."""
_START = 512
_LONGEST_HEADER = 100_000_000
"""Bytes; the limit that safetensors itself sets."""


def file_flaw(path: Path) -> str | None:
    """Say in words why a downloaded file is not what its name says, with the fix: missing, empty, a pointer, a page."""
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        return f"cannot be read ({error.strerror}); download it again"
    if not start:
        return "is empty; download it again"
    if start.startswith(_LFS):
        return "is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder, or `hf download`"
    if b"\0" not in start[:8] and start.lstrip().lower().startswith(_ANSWERS):
        return "is a web page or a server's answer, not the file itself; download it again, logged in if it is gated"
    return None


def tensors_flaw(path: Path) -> str | None:
    """Say in words why `path` cannot be a safetensors file, with the fix; None if header and length agree."""
    if flaw := file_flaw(path):
        return flaw
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LONGEST_HEADER or file.read(1) not in (b"{", b""):
            return "is no safetensors file; download it again, or convert the weights with save_pretrained"
        file.seek(8)
        header = file.read(length)
    if len(header) < length:
        return f"is cut off: {size:,} bytes do not hold its header; download it again"
    try:
        entries: dict[str, Any] = json.loads(header)
        ends = [int(value["data_offsets"][1]) for name, value in entries.items() if name != "__metadata__"]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return "has no header of a safetensors file; download it again"
    whole = 8 + length + max(ends, default=0)
    if size != whole:
        return f"{'is cut off' if size < whole else 'is too long'}: {size:,} bytes of {whole:,}; download it again"
    return None


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read every tensor of a file as float32, bfloat16 ones included, which NumPy itself does not know.

    Raises:
        ValueError: the file is no whole safetensors file, or holds numbers of another kind; the text has the fix.
    """
    if flaw := tensors_flaw(path):
        raise ValueError(f"{path.name} {flaw}")
    try:
        return {name: _array(name, entry) for name, entry in deserialize(path.read_bytes())}  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise ValueError(f"{path.name} is damaged ({error}); download it again") from error


def _array(name: str, entry: dict[str, Any]) -> NDArray[np.float32]:
    data, shape, kind = bytes(entry["data"]), entry["shape"], entry["dtype"]
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if kind not in _DTYPES:
        raise ValueError(f"the tensor {name} holds numbers of the kind {kind}; save the adapter in float32")
    return np.frombuffer(data, _DTYPES[kind]).astype(np.float32).reshape(shape)
