"""Adapter folders: read back as written, in both worlds' names, and refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from vibecoder.adapters.folder import Adapter, check_changes_something, check_fits, read_adapter, write_adapter
from vibecoder.adapters.initial import initial_weights
from vibecoder.errors import ModelError
from vibecoder.system.writing import atomic_folder
from vibecoder.types import LayerNames, LoraSpec

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


def changed(folder: Path, **keys: object) -> Path:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    return folder


def test_other_scales_are_brought_to_one(folder: Path) -> None:
    plain = read_adapter(folder)
    rslora = read_adapter(changed(folder, use_rslora=True))
    assert (rslora.lora.rank, rslora.lora.alpha, rslora.lora.scale) == (4, 16.0, 4.0)
    assert rslora.weights.keys() == plain.weights.keys()
    other = read_adapter(changed(folder, use_rslora=False, alpha_pattern={"q_proj": 2}))
    assert other.lora.scale == 2.0 or other.lora.scale == 0.5
    for layer, (a, b) in other.weights.items():
        np.testing.assert_array_equal(a, plain.weights[layer][0])
        expected = plain.weights[layer][1] * (0.5 if "q_proj" in layer else 2.0)
        np.testing.assert_allclose(b * other.lora.scale, expected)


def test_other_ranks_are_filled_up(tmp_path: Path) -> None:
    weights = {SHAPES[0][0]: (np.ones((2, 16), np.float32), np.ones((24, 2), np.float32)),
               SHAPES[1][0]: (np.ones((4, 32), np.float32), np.ones((16, 4), np.float32))}  # fmt: skip
    write_adapter(tmp_path, weights, LORA, "some/base")
    adapter = read_adapter(changed(tmp_path, rank_pattern={"q_proj": 2}))
    assert adapter.lora.rank == 4
    scale = {SHAPES[0][0]: 8 / 2, SHAPES[1][0]: 8 / 4}
    for layer, (a, b) in adapter.weights.items():
        assert a.shape[0] == b.shape[1] == 4
        np.testing.assert_allclose(adapter.lora.scale * b @ a, scale[layer] * weights[layer][1] @ weights[layer][0])


def test_each_file_has_the_names_of_its_reader(tmp_path: Path) -> None:
    weights = initial_weights(SHAPES, LORA, 7)
    names = LayerNames("model.language_model.", "language_model.model.")
    write_adapter(tmp_path, weights, LORA, "some/base", names)
    peft, mlx = load_file(tmp_path / "adapter_model.safetensors"), load_file(tmp_path / "adapters.safetensors")
    assert "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight" in peft
    assert "language_model.model.layers.0.self_attn.q_proj.lora_a" in mlx
    assert read_adapter(tmp_path).weights.keys() == weights.keys()


def test_adapters_of_mlx_lm_itself_are_read(folder: Path) -> None:
    plain = read_adapter(folder)
    keys = {"rank": 4, "scale": 20.0, "dropout": 0.0}
    (folder / "adapter_config.json").write_text(json.dumps({"fine_tune_type": "lora", "lora_parameters": keys}))
    (folder / "adapter_model.safetensors").unlink()
    own = read_adapter(folder)
    assert (own.lora.rank, own.lora.scale) == (4, 20.0)
    for layer, pair in own.weights.items():
        np.testing.assert_array_equal(pair[0], plain.weights[layer][0])
    (folder / "adapter_config.json").write_text(json.dumps({"fine_tune_type": "dora", "lora_parameters": keys}))
    with pytest.raises(ModelError, match="mlx-lm's dora weights"):
        read_adapter(folder)


def test_an_adapter_that_changes_nothing_is_refused(folder: Path) -> None:
    adapter = read_adapter(folder)
    with pytest.raises(ModelError, match="changes nothing: its matrices are zero"):
        check_changes_something(folder, adapter)
    layer, (a, b) = next(iter(adapter.weights.items()))
    check_changes_something(folder, Adapter({**adapter.weights, layer: (a, b + 1)}, adapter.lora, ""))


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({}, "holds no layer"),
        ({"A": (4, 16)}, "one of two matrices"),
        ({"A": (4, 16), "B": (24, 3)}, "are no LoRA pair"),
        ({"embedding_A": (4, 16)}, "unexpected tensor"),
    ],
)
def test_damaged_adapters_are_named(folder: Path, tensors: dict[str, tuple[int, int]], reason: str) -> None:
    layer = f"base_model.model.{SHAPES[0][0]}"
    wrong = {f"{layer}.lora_{half}.weight": np.ones(shape, np.float32) for half, shape in tensors.items()}
    save_file(wrong, folder / "adapter_model.safetensors")
    with pytest.raises(ModelError, match=reason):
        read_adapter(folder)


def test_numbers_that_are_not_finite_are_named(folder: Path) -> None:
    tensors = load_file(folder / "adapter_model.safetensors")
    tensors[next(iter(tensors))][0, 0] = np.nan
    save_file(tensors, folder / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="not finite"):
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
    eyes = {"model.vision_tower.layers.0.q_proj": weights[SHAPES[0][0]]}
    with pytest.raises(ModelError, match="only those of text layers"):
        check_fits(folder, eyes, shapes)
    with pytest.raises(ModelError, match="16x24 there and 16x99 here"):
        check_fits(folder, weights, {**shapes, SHAPES[0][0]: (16, 99)})
