"""Adapter folders: read back as written, in both worlds' names, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from vibecoder.adapters.folder import check_fits, read_adapter, write_adapter
from vibecoder.adapters.initial import initial_weights
from vibecoder.errors import ModelError
from vibecoder.system.writing import atomic_folder
from vibecoder.types import LoraSpec

LORA = LoraSpec(4, 8.0, 0.05, ("q_proj", "down_proj"))
SHAPES = [("model.layers.0.self_attn.q_proj", 16, 24), ("model.layers.1.mlp.down_proj", 32, 16)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "adapter"
    with atomic_folder(target) as scratch:
        write_adapter(scratch, initial_weights(SHAPES, LORA, 7), LORA, "some/base")
    return target


def test_what_is_written_is_read_back(folder: Path) -> None:
    adapter = read_adapter(folder)
    assert (adapter.lora, adapter.base_name) == (LoraSpec(4, 8.0, 0.05, ("down_proj", "q_proj")), "some/base")
    expected = initial_weights(SHAPES, LORA, 7)
    for layer, pair in adapter.weights.items():
        np.testing.assert_array_equal(pair[0], expected[layer][0])
        np.testing.assert_array_equal(pair[1], expected[layer][1])


def test_both_files_hold_the_same_tensors(folder: Path) -> None:
    peft, mlx = load_file(folder / "adapter_model.safetensors"), load_file(folder / "adapters.safetensors")
    layer = SHAPES[0][0]
    np.testing.assert_array_equal(peft[f"base_model.model.{layer}.lora_A.weight"].T, mlx[f"{layer}.lora_a"])
    np.testing.assert_array_equal(peft[f"base_model.model.{layer}.lora_B.weight"].T, mlx[f"{layer}.lora_b"])
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["lora_parameters"] == {
        "rank": 4, "scale": 2.0, "dropout": 0.05, "keys": ["mlp.down_proj", "self_attn.q_proj"],
    }  # fmt: skip
    assert (config["num_layers"], config["r"], config["lora_alpha"]) == (2, 4, 8.0)


@pytest.mark.parametrize(("key", "value"), [("use_rslora", True), ("alpha_pattern", {"q_proj": 4})])
def test_what_would_be_read_and_ignored_is_refused(folder: Path, key: str, value: object) -> None:
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, key: type(value)()}))
    read_adapter(folder)
    path.write_text(json.dumps({**config, key: value}))
    with pytest.raises(ModelError, match=f"uses {key}; only plain LoRA"):
        read_adapter(folder)


@pytest.mark.parametrize("missing", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_damaged_folder_is_named(folder: Path, missing: str) -> None:
    (folder / missing).write_bytes(b"x")
    with pytest.raises(ModelError, match="is not an adapter"):
        read_adapter(folder)


def test_an_adapter_of_another_shape_is_refused(folder: Path) -> None:
    weights = read_adapter(folder).weights
    shapes = {name: (i, o) for name, i, o in SHAPES}
    check_fits(folder, weights, shapes)
    with pytest.raises(ModelError, match="another base model: this one has no layer"):
        check_fits(folder, weights, {})
    with pytest.raises(ModelError, match="16x24 there and 16x99 here"):
        check_fits(folder, weights, {**shapes, SHAPES[0][0]: (16, 99)})
