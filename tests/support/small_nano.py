"""Nano cut down to one or two of its layers: real models that train in no time."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from safetensors.numpy import load_file, save_file

from vibecoder.models import NANO

__all__ = ["one_layer", "small_nano", "two_layers"]


def one_layer(folder: Path, layer: int = 0) -> Path:
    """Write nano with the layer numbered `layer` alone to `folder`."""
    return _with_layers(folder, (layer,))


def two_layers(folder: Path) -> Path:
    """Write nano with its first and its last layer to `folder`."""
    return _with_layers(folder, (0, 3))


@lru_cache(maxsize=1)
def small_nano() -> Path:
    """Return a folder with `two_layers`, written once a process and removed at its end."""
    made = Path(tempfile.mkdtemp(prefix="vibecoder-small-nano-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return two_layers(made / "nano")


def _with_layers(folder: Path, layers: Sequence[int]) -> Path:
    """Write nano's embedding, some of its layers, its norm and its tokenizer to `folder`."""
    folder.mkdir(parents=True)
    for file in NANO.iterdir():
        if file.is_file() and file.suffix in (".json", ".jinja"):
            shutil.copy(file, folder)
    count = len(layers)
    config = json.loads((NANO / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": count, "max_window_layers": count}))
    tensors = load_file(NANO / "model.safetensors")
    own = {name: tensor for name, tensor in tensors.items() if ".layers." not in name}
    for number, layer in enumerate(layers):
        old, new = f".layers.{layer}.", f".layers.{number}."
        own |= {name.replace(old, new): tensor for name, tensor in tensors.items() if old in name}
    save_file(own, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
