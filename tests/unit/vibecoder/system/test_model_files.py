"""Folders of models whose weights or configuration are not what they seem: named with the reason and the fix."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from vibecoder.system.model_files import config_flaw, quantized_by, weights_flaw

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


def shard(path: Path) -> None:
    save_file({"a": np.zeros(9, np.float32)}, path)


def index(folder: Path, *shards: str) -> None:
    text = json.dumps({"weight_map": {f"layer.{i}": name for i, name in enumerate(shards)}})
    (folder / "model.safetensors.index.json").write_text(text)


def test_whole_folders_have_no_flaw(tmp_path: Path) -> None:
    shard(tmp_path / "model.safetensors")
    assert weights_flaw(tmp_path) is None
    shard(tmp_path / "model-00001-of-00001.safetensors")
    index(tmp_path, "model.safetensors", "model-00001-of-00001.safetensors")
    assert weights_flaw(tmp_path) is None


def test_shards_that_are_missing(tmp_path: Path) -> None:
    shard(tmp_path / "model-00002-of-00003.safetensors")
    assert "lacks 2 of its 3 weight files, model-00001-of-00003.safetensors" in (weights_flaw(tmp_path) or "")
    index(tmp_path, "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors")
    assert "lacks 1 of its 2 weight files, model-00003" in (weights_flaw(tmp_path) or "")


@pytest.mark.parametrize("content", [LFS, "", "{", "[]", '{"weight_map": 3}', "<html>"])
def test_an_index_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(content)
    assert (weights_flaw(tmp_path) or "").startswith("model.safetensors.index.json ")


def test_shards_that_are_broken(tmp_path: Path) -> None:
    shard(tmp_path / "model-00001-of-00002.safetensors")
    (tmp_path / "model-00002-of-00002.safetensors").write_text(LFS)
    assert (weights_flaw(tmp_path) or "").startswith("model-00002-of-00002.safetensors is a Git LFS pointer")
    index(tmp_path, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    assert "Git LFS pointer" in (weights_flaw(tmp_path) or "")


@pytest.mark.parametrize(
    ("name", "reason", "pickled"),
    [
        ("pytorch_model.bin", "holds PyTorch's pickled weights", False),
        ("consolidated.00.pth", "holds PyTorch's pickled weights", True),
        ("model-q4.gguf", "holds a GGUF file", True),
        ("README.md", "holds no weights", True),
    ],
)
def test_weights_in_another_form(tmp_path: Path, name: str, reason: str, pickled: bool) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 or so")
    assert reason in (weights_flaw(tmp_path, pickled) or "")


def test_pickled_weights_where_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK\x03\x04 or so")
    assert weights_flaw(tmp_path, pickled=True) is None
    (tmp_path / "pytorch_model.bin").write_text(LFS)
    assert "Git LFS pointer" in (weights_flaw(tmp_path, pickled=True) or "")


def test_configurations() -> None:
    whole = {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2}
    assert config_flaw(whole) is None
    assert config_flaw({"model_type": "gpt2", "n_embd": 8, "n_layer": 2}) is None
    assert config_flaw({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text"}}) is None
    assert "no model_type" in (config_flaw({"peft_type": "LORA"}) or "")
    assert "no hidden_size; " in (config_flaw({"model_type": "llama", "num_hidden_layers": 2}) or "")
    assert "no hidden_size and no num_hidden_layers" in (config_flaw({"model_type": "llama"}) or "")


def test_methods_of_quantization() -> None:
    assert quantized_by({}) is None
    assert quantized_by({"quantization": {"bits": 4, "group_size": 64}}) == "mlx"
    assert quantized_by({"quantization_config": {"bits": 4}, "quantization": {"bits": 4}}) == "mlx"
    assert quantized_by({"quantization_config": {"quant_method": "GPTQ", "bits": 4}}) == "gptq"
    assert quantized_by({"text_config": {"quantization_config": {"quant_method": "fp8"}}}) == "fp8"
