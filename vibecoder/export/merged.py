"""Write a model with an adapter merged into it as safetensors that transformers, mlx-lm, vLLM and llama.cpp read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import BackendError
from vibecoder.export.record import check_replaceable
from vibecoder.export.space import check_space
from vibecoder.export.weights import Weights, open_weights
from vibecoder.models import read_config
from vibecoder.rendering.vocabulary.files import read_files
from vibecoder.system.model_config import filled_in, rope_of_layer
from vibecoder.system.stored import as_stored, write_tensors
from vibecoder.system.writing import atomic_folder, write_json

__all__ = ["SHARD", "WrittenModel", "complete_config", "write_merged"]

SHARD = 2 * 2**30
"""Bytes of a file at most, unless a single tensor is larger."""
_COPIED = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "tokenizer.model", "generation_config.json", "chat_template.jinja", "chat_template.json",
)  # fmt: skip
_COPIED_KINDS = ("LICENSE*", "NOTICE*", "*.py")


@dataclass(frozen=True, slots=True)
class WrittenModel:
    """A finished folder: its `shards`, their bytes, and how many tensors the adapter changed."""

    folder: Path
    shards: tuple[str, ...]
    size: int
    changed: int


def write_merged(
    folder: Path,
    target: Path,
    adapter: Path | None,
    shard_size: int = SHARD,
    advance: Callable[[int], None] = lambda by: None,
) -> WrittenModel:
    """Write the model in `folder` with an adapter added to its weights, as the folder `target`; whole or not at all.

    One tensor at a time is in memory. Every tensor keeps the kind of number that it has in the base.

    Raises:
        BackendError: a merged weight is not finite, or too large for the base's kind of number.
        ModelError: the base is quantized or damaged, or the adapter is another model's.
        OutputError: the disk is full, or `target` is a folder that no export wrote.
    """
    weights = open_weights(folder, adapter)
    size = sum(tensor.size for tensor in weights.tensors.values())
    check_replaceable(target)
    check_space(target.parent, size)
    shards = _shards(weights, shard_size)
    config = complete_config(read_config(folder))
    with atomic_folder(target) as scratch:
        copy_small_files(folder, scratch)
        write_json(scratch / "config.json", config)
        names = _shard_names(len(shards))
        for name, tensors in zip(names, shards, strict=True):
            described = {
                each: (weights.tensors[each].kind, weights.tensors[each].shape, weights.tensors[each].size)
                for each in tensors
            }
            write_tensors(scratch / name, described, _merged(weights, tensors, advance))
        if len(names) > 1:
            places = {tensor: name for name, tensors in zip(names, shards, strict=True) for tensor in tensors}
            index = {"metadata": {"total_size": size}, "weight_map": places}
            write_json(scratch / "model.safetensors.index.json", index)
    return WrittenModel(target, tuple(names), size, len(weights.targets))


def complete_config(config: dict[str, Any]) -> dict[str, Any]:
    """Add to a `config.json` the keys by which older and newer readers know the same numbers."""
    whole = {**config, **filled_in(config)}
    rope = rope_of_layer(config, 0)
    if rope is not None and "rope_parameters" not in whole:
        whole["rope_parameters"] = {key: value for key, value in rope.items() if value is not None}
    for one, other in (("dtype", "torch_dtype"), ("torch_dtype", "dtype")):
        if one in whole and other not in whole:
            whole[other] = whole[one]
    return whole


def copy_small_files(folder: Path, target: Path) -> None:
    """Copy the tokenizer, the generation settings and the licence of a model; the template goes into both places."""
    found = [folder / name for name in _COPIED if (folder / name).is_file()]
    for pattern in _COPIED_KINDS:
        found += [path for path in sorted(folder.glob(pattern)) if path.is_file() and path.name != "__init__.py"]
    for path in found:
        shutil.copyfile(path, target / path.name)
    template = read_files(folder).templates["default"]
    (target / "chat_template.jinja").write_text(template, encoding="utf-8")
    path = target / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if not isinstance(settings.get("chat_template"), list):  # a list has a template for tools as well
        settings["chat_template"] = template
    write_json(path, settings)


def _shards(weights: Weights, limit: int) -> list[list[str]]:
    """Divide the tensors, in the order of their names, into shards of at most `limit` bytes."""
    shards: list[list[str]] = []
    room = 0
    for name in sorted(weights.tensors):
        size = weights.tensors[name].size
        if size > room:
            shards.append([])
            room = limit
        shards[-1].append(name)
        room -= size
    return shards


def _shard_names(count: int) -> list[str]:
    if count == 1:
        return ["model.safetensors"]
    return [f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]


def _merged(weights: Weights, names: Sequence[str], advance: Callable[[int], None]) -> Iterator[NDArray[Any]]:
    for name in names:
        tensor = weights.tensors[name]
        if weights.is_changed(name):
            with np.errstate(over="ignore"):
                stored = as_stored(weights.read(name), tensor.kind)
            if not is_finite(stored, tensor.kind):
                raise BackendError(
                    f"the merged weights of {name} are not finite in {tensor.kind}; use an earlier checkpoint"
                )
            yield stored
        else:
            yield tensor.bytes()
        advance(tensor.size)


def is_finite(stored: NDArray[Any], kind: str) -> bool:
    """Tell whether numbers in their stored form are all finite; those of bfloat16 are bits."""
    if kind == "BF16":
        return bool(((stored & 0x7F80) != 0x7F80).all())
    return bool(np.isfinite(stored).all())
