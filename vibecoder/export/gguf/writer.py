"""Write a model as one GGUF file, tensor by tensor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray

from vibecoder.errors import ModelError
from vibecoder.export.gguf.architectures import Architecture, find_architecture, rope_factors, write_shape
from vibecoder.export.gguf.mixture import Quantization, find_quantization, kind_of
from vibecoder.export.gguf.quantizer import check_quantizer, encode, size_of
from vibecoder.export.gguf.vocabulary import read_vocabulary, write_vocabulary
from vibecoder.export.space import check_space, fresh_file
from vibecoder.export.weights import Weights, open_weights
from vibecoder.models import read_config

__all__ = ["Importance", "WrittenGguf", "interleave", "tensor_names", "write_gguf"]

Importance = Mapping[str, NDArray[np.float32]]
"""llama.cpp's name of a tensor -> mean square of each column's input, [in]."""
_ROPE_FACTORS = "rope_freqs.weight"
_QUANTIZATION_VERSION = 2


@dataclass(frozen=True, slots=True)
class WrittenGguf:
    """A finished file: `mix` counts its matrices by type, `quantization` is the mixture that was asked for."""

    path: Path
    quantization: str
    mix: Mapping[str, int]
    size: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    source: str
    kind: Kind
    shape: tuple[int, ...]


def write_gguf(
    folder: Path,
    target: Path,
    quantization: str = "F16",
    adapter: Path | None = None,
    importance: Importance | None = None,
    advance: Callable[[int], None] = lambda by: None,
) -> WrittenGguf:
    """Write the model in `folder`, with an adapter merged into it, as the file `target`; whole or not at all.

    `advance` is told how many bytes of the file were written.

    Raises:
        ConfigError: an unknown quantization, or no quantizer is installed.
        ModelError: llama.cpp does not compute such a model, or the adapter is another's.
        OutputError: the disk is full or cannot be written.
    """
    wanted = find_quantization(quantization)
    weights = open_weights(folder, adapter)
    config = read_config(folder)
    found = find_architecture(config, folder.name)
    planned = _plan(weights, found, wanted, bool(config.get("tie_word_embeddings")), folder.name)
    if any(tensor.kind not in (Kind.F32, Kind.F16, Kind.BF16) for tensor in planned.values()):
        check_quantizer()
    rows = next(tensor.shape[0] for name, tensor in planned.items() if name == "token_embd.weight")
    sizes = {name: size_of(tensor.kind, tensor.shape) for name, tensor in planned.items()}
    check_space(target.parent, sum(sizes.values()))
    vocabulary = read_vocabulary(folder, rows)
    with fresh_file(target) as scratch:
        writer = gguf.GGUFWriter(scratch, found.name)
        try:
            writer.add_type(gguf.GGUFType.MODEL)
            writer.add_name(target.stem)
            writer.add_file_type(wanted.file_type)
            writer.add_quantization_version(_QUANTIZATION_VERSION)
            write_shape(writer, found, rows)
            write_vocabulary(writer, vocabulary)
            factors = rope_factors(found)
            if factors is not None:
                writer.add_tensor_info(_ROPE_FACTORS, factors.shape, factors.dtype, factors.nbytes, Kind.F32)
            for name, tensor in planned.items():
                writer.add_tensor_info(name, tensor.shape, np.dtype(np.float32), sizes[name], tensor.kind)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            if factors is not None:
                writer.write_tensor_data(factors)
            for name, tensor in planned.items():
                writer.write_tensor_data(_encoded(weights, name, tensor, found, importance or {}))
                advance(sizes[name])
        finally:
            writer.close()
    mix = Counter(tensor.kind.name for tensor in planned.values() if len(tensor.shape) > 1)
    return WrittenGguf(target, wanted.name, dict(mix.most_common()), target.stat().st_size)


def _encoded(
    weights: Weights, name: str, tensor: _Tensor, found: Architecture, importance: Importance
) -> NDArray[np.uint8]:
    values = interleave(weights.read(tensor.source), name, found)
    return encode(values, tensor.kind, importance.get(name))


def _plan(weights: Weights, found: Architecture, wanted: Quantization, ties: bool, model: str) -> dict[str, _Tensor]:
    """Name every tensor of the file in the order it is written, with the tensor it is made from and its type."""
    names = tensor_names(found, list(weights.tensors), model)
    if ties:
        names.pop("output.weight", None)
    elif "output.weight" not in names:
        raise ModelError(
            f"the model {model} has no lm_head.weight, and its config.json does not tie it; download it again"
        )
    order = sorted(names, key=lambda name: (name.startswith("output"), _block(name), name))
    shapes = {name: weights.tensors[names[name]].shape for name in order}
    return {
        name: _Tensor(names[name], kind_of(name, shapes[name], wanted, found.blocks, ties), shapes[name])
        for name in order
    }


def _block(name: str) -> int:
    parts = name.split(".")
    return int(parts[1]) if parts[0] == "blk" else -1


def tensor_names(found: Architecture, names: list[str], model: str) -> dict[str, str]:
    """Map llama.cpp's names of tensors to those of `names`, which are the model's.

    Raises:
        ModelError: one of them has no place in llama.cpp's architecture.
    """
    table = gguf.get_tensor_name_map(found.kind, found.blocks)
    mapped: dict[str, str] = {}
    for name in names:
        if name.endswith("rotary_emb.inv_freq"):  # an old file's table, computed anew by every reader
            continue
        theirs = table.get_name(name, try_suffixes=(".weight", ".bias"))
        if theirs is None:
            raise ModelError(f"no GGUF can be written of {model}: llama.cpp's {found.name} has no place for {name}")
        mapped[theirs] = name
    return mapped


def interleave(values: NDArray[np.float32], name: str, found: Architecture) -> NDArray[np.float32]:
    """Reorder the rows of Q and K for llama.cpp's Llama, which rotates neighbours where others rotate halves.

    `values` is a matrix [out, in] or [out, rank], or a bias [out].
    """
    heads = {"attn_q": found.heads, "attn_k": found.kv_heads}.get(name.split(".")[-2], 0)
    if not found.interleaved or not heads:
        return values
    rest = values.shape[1:]
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *rest)
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(values.shape)
