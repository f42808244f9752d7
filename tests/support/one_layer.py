"""Nano cut down to one of its layers: a real model that trains in no time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.numpy import load_file, save_file

from vibecoder.models import NANO

__all__ = ["one_layer"]


def one_layer(folder: Path, layer: int = 0) -> Path:
    """Write the model to `folder`: nano's embedding, the layer numbered `layer`, its norm and its tokenizer."""
    folder.mkdir(parents=True)
    for file in NANO.iterdir():
        if file.is_file() and file.suffix in (".json", ".jinja"):
            shutil.copy(file, folder)
    config = json.loads((NANO / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 1, "max_window_layers": 1}))
    tensors = load_file(NANO / "model.safetensors")
    kept = [name for name in tensors if ".layers." not in name or f".layers.{layer}." in name]
    own = {name.replace(f".layers.{layer}.", ".layers.0."): tensors[name] for name in kept}
    save_file(own, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
