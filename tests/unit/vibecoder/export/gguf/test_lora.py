"""The adapter alone, on the base's GGUF file, is the merged model."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize
from transformers import LlamaConfig, LlamaForCausalLM

from support.small_nano import small_nano
from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import ConfigError
from vibecoder.export.gguf.lora import write_lora_gguf
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.export.llama.model import LlamaModel
from vibecoder.types import LoraSpec


def llama(folder: Path) -> Path:
    """A random Llama, whose rows of Q and K llama.cpp wants in another order, with nano's tokenizer."""
    config = LlamaConfig(
        vocab_size=4096, hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.2, bos_token_id=None, eos_token_id=4087,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((small_nano() / name).read_bytes())
    return folder


def adapter(folder: Path, hidden: int) -> Path:
    rng = np.random.default_rng(0)
    weights = {
        f"model.layers.1.self_attn.{name}": (
            rng.normal(size=(4, hidden)).astype(np.float32) / 8,
            rng.normal(size=(rows, 4)).astype(np.float32) / 2,
        )
        for name, rows in (("q_proj", hidden), ("k_proj", hidden // 2))
    }
    folder.mkdir()
    write_adapter(folder, weights, LoraSpec(4, 8.0, 0.0, ("k_proj", "q_proj")), "base")
    return folder


def test_on_the_base_it_is_the_merged_model(tmp_path: Path) -> None:
    base, tuned = llama(tmp_path / "base"), adapter(tmp_path / "adapter", 64)
    row = np.random.default_rng(0).integers(0, 4000, 48).tolist()
    paths = [
        (write_gguf(base, tmp_path / "base.gguf", "F16").path, None),
        (write_gguf(base, tmp_path / "merged.gguf", "F16", tuned).path, None),
        (tmp_path / "base.gguf", write_lora_gguf(base, tuned, tmp_path / "lora.gguf").path),
    ]
    found = []
    for path, lora in paths:
        with LlamaModel(path, lora, length=64) as model:
            found.append(model.log_probabilities(row, range(len(row))))
    plain, merged, added = found
    assert (np.exp(merged) * (merged - added)).sum(-1).mean() < 1e-4
    assert (np.exp(merged) * (merged - plain)).sum(-1).mean() > 1e-2


def test_it_says_what_llama_cpp_asks_for(tmp_path: Path) -> None:
    written = write_lora_gguf(small_nano(), adapter(tmp_path / "adapter", 256), tmp_path / "x.gguf", "F32")
    reader = gguf.GGUFReader(written.path)
    said = {name: reader.get_field(name).contents() for name in reader.fields if not name.startswith("GGUF.")}
    assert said["general.architecture"] == "qwen2"
    assert (said["general.type"], said["adapter.type"], said["adapter.lora.alpha"]) == ("adapter", "lora", 8.0)
    shapes = {each.name: dequantize(each.data, each.tensor_type).shape for each in reader.tensors}
    assert shapes["blk.1.attn_k.weight.lora_a"] == (4, 256)
    assert shapes["blk.1.attn_k.weight.lora_b"] == (128, 4)


def test_it_is_not_quantized(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="an adapter alone is not quantized to Q4_K_M"):
        write_lora_gguf(small_nano(), adapter(tmp_path / "adapter", 256), tmp_path / "x.gguf", "Q4_K_M")
