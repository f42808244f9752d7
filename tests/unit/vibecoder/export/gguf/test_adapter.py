"""Adapters as GGUF files: what is in them; that llama.cpp adds them as we do is tested where models are served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

gguf = pytest.importorskip("gguf")

from vibecoder.adapters.folder import write_adapter  # noqa: E402
from vibecoder.errors import ModelError  # noqa: E402
from vibecoder.export.gguf.adapter import write_adapter_gguf  # noqa: E402
from vibecoder.models import NANO  # noqa: E402
from vibecoder.types import LoraSpec  # noqa: E402

LORA = LoraSpec(rank=2, alpha=4.0, dropout=0.0, targets=("q_proj", "down_proj"))


def folder(path: Path, **changed: int) -> Path:
    path.mkdir()
    draw = np.random.default_rng(0)
    shapes = {"self_attn.q_proj": (256, 256), "mlp.down_proj": (changed.get("wide", 704), 256)}
    weights = {
        f"model.layers.1.{name}": (draw.random((2, wide), np.float32), draw.random((high, 2), np.float32))
        for name, (wide, high) in shapes.items()
    }
    write_adapter(path, weights, LORA, "nano")
    return path


def test_the_file_has_alpha_and_both_matrices_under_llama_cpps_names(tmp_path: Path) -> None:
    reader = gguf.GGUFReader(write_adapter_gguf(folder(tmp_path / "a"), NANO, tmp_path / "out" / "a.gguf"))
    said = {name: field.contents() for name, field in reader.fields.items()}
    assert said["general.architecture"] == "qwen2"
    assert (said["general.type"], said["adapter.type"], said["adapter.lora.alpha"]) == ("adapter", "lora", 4.0)
    shapes = {tensor.name: tuple(tensor.data.shape) for tensor in reader.tensors}
    assert shapes == {
        "blk.1.attn_q.weight.lora_a": (2, 256),
        "blk.1.attn_q.weight.lora_b": (256, 2),
        "blk.1.ffn_down.weight.lora_a": (2, 704),
        "blk.1.ffn_down.weight.lora_b": (256, 2),
    }


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is of another base model"):
        write_adapter_gguf(folder(tmp_path / "a", wide=700), NANO, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()
