"""Open a GGUF file: its keys as plain values, its tensors as they lie in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vibecoder.errors import ModelError
from vibecoder.system.tensors import file_flaw

__all__ = ["GgufFile", "digest", "open_file"]

_MAGIC = b"GGUF"
_ENDS = 1 << 20


@dataclass(frozen=True)
class GgufFile:
    """One GGUF file of a model; `reader` is the `gguf` library's."""

    path: Path
    reader: Any

    @cached_property
    def architecture(self) -> str:
        return str(self.value("general.architecture", ""))

    def value(self, key: str, default: Any = None) -> Any:
        """Return a key's value as a plain number, text or list."""
        field = self.reader.fields.get(key)
        return default if field is None else field.contents()

    def of_architecture(self, key: str, default: Any = None) -> Any:
        """Return the value of `key` under the architecture's own name."""
        return self.value(f"{self.architecture}.{key}", default)

    @cached_property
    def tensors(self) -> Mapping[str, Any]:
        return {tensor.name: tensor for tensor in self.reader.tensors}


def open_file(path: Path) -> GgufFile:
    """Open `path`.

    Raises:
        ModelError: it is no whole GGUF file of a model, or the library that reads it is not installed.
    """
    if flaw := file_flaw(path):
        raise ModelError(f"{path} {flaw}")
    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            raise ModelError(f"{path} is no GGUF file; give a .gguf file, a model's folder or a Hugging Face id")
    if find_spec("gguf") is None:
        raise ModelError(f'reading {path.name} needs the package gguf; run: pip install "vibecoder[gguf]"')
    from gguf import GGUFReader

    try:
        reader = GGUFReader(str(path))
    except Exception as error:  # a file that is cut off fails in NumPy, in the library or in Python itself
        raise ModelError(f"{path} cannot be read as GGUF ({error}); it may be cut off: download it again") from error
    found = GgufFile(path, reader)
    if int(found.value("split.count", 1)) > 1:
        raise ModelError(f"{path} is one of several parts; join them with llama.cpp's `llama-gguf-split --merge` first")
    return found


def digest(path: Path) -> str:
    """Name the content of a large file by its size and both ends, which a file of another model does not share."""
    size = path.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        found.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        found.update(file.read(_ENDS))
    return found.hexdigest()[:16]
