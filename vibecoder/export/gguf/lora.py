"""Write an adapter alone as a GGUF file, for llama.cpp's `--lora` and for several adapters on one base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import ConfigError
from vibecoder.export.gguf.architectures import find_architecture
from vibecoder.export.gguf.mixture import find_quantization
from vibecoder.export.gguf.quantizer import encode, size_of
from vibecoder.export.gguf.writer import WrittenGguf, interleave, tensor_names
from vibecoder.export.space import check_space, fresh_file
from vibecoder.export.weights import open_weights
from vibecoder.models import read_config

__all__ = ["write_lora_gguf"]

_PLAIN = ("F32", "F16", "BF16")


def write_lora_gguf(
    folder: Path,
    adapter: Path,
    target: Path,
    quantization: str = "F16",
    advance: Callable[[int], None] = lambda by: None,
) -> WrittenGguf:
    """Write the adapter of the model in `folder` as the file `target`.

    Such a file has one alpha for all layers; scales that differ are in its matrices by then (`read_adapter`).

    Raises:
        ConfigError: a quantization that is none of F32, F16 and BF16.
        ModelError: llama.cpp does not compute such a model, or the adapter is another's.
        OutputError: the disk is full or cannot be written.
    """
    wanted = find_quantization(quantization)
    if wanted.name not in _PLAIN:
        raise ConfigError(f"an adapter alone is not quantized to {wanted.name}; use --quant {', '.join(_PLAIN)}")
    opened = open_weights(folder, adapter).adapter
    assert opened is not None
    found = find_architecture(read_config(folder), folder.name)
    names = tensor_names(found, [f"{layer}.weight" for layer in opened.weights], folder.name)
    matrices: dict[str, NDArray[np.float32]] = {}
    for theirs, ours in sorted(names.items()):
        a, b = opened.weights[ours.removesuffix(".weight")]
        matrices[f"{theirs}.lora_a"] = a
        matrices[f"{theirs}.lora_b"] = interleave(b, theirs, found)
    sizes = {name: size_of(wanted.most, matrix.shape) for name, matrix in matrices.items()}
    check_space(target.parent, sum(sizes.values()))
    with fresh_file(target) as scratch:
        writer = gguf.GGUFWriter(scratch, found.name)
        try:
            writer.add_type(gguf.GGUFType.ADAPTER)
            writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
            writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(opened.lora.alpha))
            writer.add_name(target.stem)
            writer.add_file_type(wanted.file_type)
            for name, matrix in matrices.items():
                writer.add_tensor_info(name, matrix.shape, matrix.dtype, sizes[name], wanted.most)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            for name, matrix in matrices.items():
                writer.write_tensor_data(encode(matrix, wanted.most))
                advance(sizes[name])
        finally:
            writer.close()
    return WrittenGguf(target, wanted.name, {wanted.most.name: len(matrices)}, target.stat().st_size)
