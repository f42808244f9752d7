"""Write an adapter alone as a GGUF file, which llama.cpp adds to the file of its base, at a scale for each request."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from vibecoder.adapters.folder import check_changes_something, check_fits, read_adapter
from vibecoder.export.gguf.architectures import find_architecture
from vibecoder.export.gguf.writer import interleave, tensor_names
from vibecoder.export.space import check_space, fresh_file
from vibecoder.models import read_config
from vibecoder.system.stored import stored_tensors

__all__ = ["write_adapter_gguf"]


def write_adapter_gguf(adapter: Path, base: Path, target: Path) -> Path:
    """Write the adapter in a folder, made for the model in `base`, as the file `target`; whole or not at all.

    The matrices are float32, in PEFT's orientation; llama.cpp computes alpha / rank * B A from them, and has one alpha
    for the file: rsLoRA and ranks that differ are brought to one scale when the adapter is read.

    Raises:
        ModelError: it is another model's, or llama.cpp does not compute such a model.
        OutputError: the disk is full or cannot be written.
    """
    read = read_adapter(adapter)
    check_changes_something(adapter, read)
    found = find_architecture(read_config(base), base.name)
    linear = {name: tensor.shape for name, tensor in stored_tensors(base).items() if len(tensor.shape) == 2}
    shapes = {name.removesuffix(".weight"): (shape[1], shape[0]) for name, shape in linear.items()}
    check_fits(adapter, read.weights, shapes)
    names = tensor_names(found, [f"{layer}.weight" for layer in read.weights], base.name)
    check_space(target.parent, sum(a.nbytes + b.nbytes for a, b in read.weights.values()))
    with fresh_file(target) as scratch:
        writer = gguf.GGUFWriter(scratch, found.name)
        try:
            writer.add_type(gguf.GGUFType.ADAPTER)
            writer.add_string("adapter.type", "lora")
            writer.add_float32("adapter.lora.alpha", read.lora.alpha)
            for theirs, ours in names.items():
                a, b = read.weights[ours.removesuffix(".weight")]
                writer.add_tensor(f"{theirs}.lora_a", np.ascontiguousarray(a, np.float32))
                writer.add_tensor(f"{theirs}.lora_b", interleave(np.ascontiguousarray(b, np.float32), theirs, found))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
        finally:
            writer.close()
    return target
