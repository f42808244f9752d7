"""Name what is wrong with the weights in a model's folder before a library opens it, with the fix."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from vibecoder.system.tensors import file_flaw, tensors_flaw

__all__ = ["config_flaw", "quantized_by", "weight_files", "weights_flaw"]

_INDEX = "model.safetensors.index.json"
_SHARD = re.compile(r"(?P<start>.*-)(?P<number>\d{5})-of-(?P<count>\d{5})\.safetensors")
_SHAPES = (("hidden_size", "n_embd", "d_model", "dim"), ("num_hidden_layers", "n_layer", "n_layers", "num_layers"))
"""Keys of which one of each group is in every model's configuration."""


def config_flaw(config: Mapping[str, Any]) -> str | None:
    """Say in words why a `config.json` is not that of a language model: keys without which none can be built."""
    if not config.get("model_type"):
        return "config.json has no model_type; download it again, or give the folder of a whole model, not an adapter's"
    if isinstance(config.get("text_config"), Mapping):  # what it leaves out has a default that the library knows
        return None
    missing = [keys[0] for keys in _SHAPES if not any(key in config for key in keys)]
    return f"config.json has no {' and no '.join(missing)}; download it again" if missing else None


def quantized_by(config: Mapping[str, Any]) -> str | None:
    """Name the method by which the weights are quantized, such as `mlx`, `gptq` or `bitsandbytes`; None for none."""
    text = config.get("text_config")
    stated = config.get("quantization_config") or (text.get("quantization_config") if isinstance(text, dict) else None)
    if isinstance(stated, Mapping) and stated.get("quant_method"):
        return str(stated["quant_method"]).lower()
    return "mlx" if isinstance(config.get("quantization"), Mapping) else None


def weight_files(folder: Path) -> list[Path]:
    """List the safetensors files of a model, the one file before shards, as transformers does."""
    one, index = folder / "model.safetensors", folder / _INDEX
    if one.exists():
        return [one]
    if index.exists():
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return sorted(folder / name for name in names)
    return sorted(folder.glob("model*.safetensors"))


def weights_flaw(folder: Path, pickled: bool = False) -> str | None:
    """Say in words why the weights in `folder` cannot be opened; None if every file of them is whole.

    Weights in PyTorch's pickled form count only where the library reads them (`pickled`).
    """
    index = folder / _INDEX
    if index.exists():
        if flaw := file_flaw(index):
            return f"{_INDEX} {flaw}"
        try:
            shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, AttributeError, TypeError):
            return f"{_INDEX} is cut off or no index; download it again"
        return _missing(folder, shards) or _broken(folder, shards)
    found = sorted(file.name for file in folder.glob("model*.safetensors"))
    if found:
        counted = [match for match in map(_SHARD.fullmatch, found) if match]
        whole = {shard for match in counted for shard in _all_shards(match)}
        return _missing(folder, whole) or _broken(folder, found)
    others = sorted([*folder.glob("pytorch_model*.bin"), *folder.glob("*.pth"), *folder.glob("*.gguf")])
    if not others:
        return "holds no weights: there is no model.safetensors; download the model again, with its weights"
    if flaw := file_flaw(others[0]):
        return f"{others[0].name} {flaw}"
    if others[0].suffix == ".bin" and pickled:
        return None
    form = "a GGUF file" if others[0].suffix == ".gguf" else "PyTorch's pickled weights"
    return (
        f"holds {form} ({others[0].name}) and no safetensors; open it with transformers once and write it with "
        "save_pretrained, or take a repository that has safetensors"
    )


def _all_shards(one: re.Match[str]) -> list[str]:
    count = int(one["count"])
    return [f"{one['start']}{number:05}-of-{one['count']}.safetensors" for number in range(1, count + 1)]


def _missing(folder: Path, shards: Collection[str]) -> str | None:
    missing = sorted(shard for shard in shards if not (folder / shard).exists())
    if not missing:
        return None
    return f"lacks {len(missing)} of its {len(shards)} weight files, {missing[0]} among them; download the model again"


def _broken(folder: Path, files: Collection[str]) -> str | None:
    for name in sorted(files):
        if flaw := tensors_flaw(folder / name):
            return f"{name} {flaw}"
    return None
