"""Turn a GGUF file into a model's folder in the cache, once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from vibecoder.gguf_base.file import digest, open_file
from vibecoder.gguf_base.losses import Losses
from vibecoder.gguf_base.shape import config_of
from vibecoder.gguf_base.tokenizer import write_tokenizer
from vibecoder.gguf_base.weights import write_weights
from vibecoder.system.writing import atomic_folder, write_json

__all__ = ["Converted", "convert", "folder_for"]

_FORM = 1
"""Raised when the conversion changes, so that folders of older ones are made again."""
_RECORD = "from_gguf.json"


@dataclass(frozen=True, slots=True)
class Converted:
    """A folder that transformers, mlx-lm and PEFT open; `warning` says what the file's quantization lost."""

    folder: Path
    warning: str | None


def folder_for(path: Path, cache: Path, name: str | None = None, template: str | None = None) -> Path:
    """Return where the folder of the GGUF file `path` is, made or not; another `template` makes another folder."""
    made_of = hashlib.sha256(f"{_FORM} {digest(path)} {template}".encode()).hexdigest()[:16]
    return cache / "gguf" / f"{name or path.stem}-{made_of}"


def convert(path: Path, cache: Path, name: str | None = None, template: str | None = None) -> Converted:
    """Dequantize `path` into the folder `cache`/gguf, unless it is there; `template` replaces its chat template.

    Raises:
        ModelError: the file cannot be opened as a base; the message has the reason and what to give instead.
        OutputError: the folder cannot be written.
    """
    folder = folder_for(path, cache, name, template)
    if not (folder / _RECORD).is_file():
        file, losses = open_file(path), Losses()
        config = config_of(file)
        with atomic_folder(folder) as scratch:
            write_json(scratch / "config.json", config)
            write_tokenizer(file, template, scratch)
            write_weights(file, config, scratch, losses)
            write_json(scratch / _RECORD, {"file": path.name, "warning": losses.warning(name or path.name)})
    record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    return Converted(folder, record["warning"])
