"""Name and dequantize the tensors of a GGUF file as transformers and mlx-lm want them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from vibecoder.errors import ModelError
from vibecoder.gguf_base.file import GgufFile
from vibecoder.gguf_base.losses import Losses

__all__ = ["write_weights"]

_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NAME = re.compile(r"(?:blk\.(?P<block>\d+)\.)?(?P<part>\w+)\.(?P<kind>weight|bias)")
_COMPUTED = {"rope_freqs.weight"}
"""Tensors that `config.json` says in other words."""
_LARGEST = 65_504.0
_SHARD = 2 << 30


def write_weights(file: GgufFile, config: Mapping[str, Any], folder: Path, losses: Losses) -> None:
    """Write safetensors into `folder`, 16-bit but for what the file has in float32 or bfloat16; measure `losses`.

    Raises:
        ModelError: the file has a tensor that the architecture has no place for, or of a form that cannot be read.
    """
    shards: list[list[str]] = []
    held: dict[str, NDArray[Any]] = {}
    size = total = 0

    def flush() -> None:
        nonlocal held, size
        save_file(held, folder / f"shard-{len(shards)}", {"format": "pt"})
        shards.append(list(held))
        held, size = {}, 0

    for name, array in _tensors(file, config, losses):
        if held and size + array.nbytes > _SHARD:
            flush()
        held[name] = array
        size, total = size + array.nbytes, total + array.nbytes
    flush()
    if len(shards) == 1:
        (folder / "shard-0").rename(folder / "model.safetensors")
        return
    names = [f"model-{number:05}-of-{len(shards):05}.safetensors" for number in range(1, len(shards) + 1)]
    for number, name in enumerate(names):
        (folder / f"shard-{number}").rename(folder / name)
    where = {tensor: name for name, tensors in zip(names, shards, strict=True) for tensor in tensors}
    index = {"metadata": {"total_size": total}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _tensors(file: GgufFile, config: Mapping[str, Any], losses: Losses) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, tensor in file.tensors.items():
        if name in _COMPUTED:
            continue
        ours, part = _renamed(file, name)
        array = _values(file, tensor, losses)
        if file.architecture == "llama" and part in ("attn_q", "attn_k"):
            heads = config["num_attention_heads" if part == "attn_q" else "num_key_value_heads"]
            array = _halves(array, heads)
        yield ours, np.ascontiguousarray(array)


def _renamed(file: GgufFile, name: str) -> tuple[str, str]:
    found = _NAME.fullmatch(name)
    table = _TOP if found and found["block"] is None else _BLOCK
    if found is None or found["part"] not in table:
        raise ModelError(
            f"{file.path.name} holds the tensor {name}, for which {file.architecture} has no place here; give the "
            "model's folder or its Hugging Face id instead"
        )
    prefix = "" if found["block"] is None else f"model.layers.{found['block']}."
    return f"{prefix}{table[found['part']]}.{found['kind']}", found["part"]


def _values(file: GgufFile, tensor: Any, losses: Losses) -> NDArray[Any]:
    from gguf import dequantize

    kind = tensor.tensor_type.name
    shape = tuple(int(length) for length in reversed(tensor.shape))
    if kind in ("F32", "F16"):
        return np.asarray(tensor.data).reshape(shape)
    if kind == "BF16":
        upper = np.asarray(tensor.data).view(np.uint16).astype(np.uint32)  # NumPy has no bfloat16
        return (upper << 16).view(np.float32).reshape(shape)
    try:
        values: NDArray[np.float32] = dequantize(tensor.data, tensor.tensor_type).reshape(shape)
    except NotImplementedError as error:
        raise ModelError(f"{file.path.name} holds weights of the form {kind}, which cannot be dequantized") from error
    losses.add(kind, values)
    return values.astype(np.float16) if np.abs(values).max() <= _LARGEST else values


def _halves(array: NDArray[Any], heads: int) -> NDArray[Any]:
    """Put the rows of each head back into halves: llama.cpp rotates neighbours of a Llama, transformers halves."""
    pairs = array.reshape(heads, array.shape[0] // heads // 2, 2, *array.shape[1:])
    return pairs.swapaxes(1, 2).reshape(array.shape)
