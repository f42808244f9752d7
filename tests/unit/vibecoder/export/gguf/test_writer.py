"""GGUF files hold the model's numbers, under llama.cpp's names, whole or not at all."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.quants import dequantize
from safetensors.numpy import load_file

from support.small_nano import small_nano
from vibecoder.adapters.folder import read_adapter, write_adapter
from vibecoder.errors import ConfigError, ModelError, OutputError
from vibecoder.export.gguf import writer
from vibecoder.export.gguf.writer import write_gguf
from vibecoder.types import LoraSpec


def tensors(path: Path) -> dict[str, np.ndarray]:
    return {each.name: dequantize(each.data, each.tensor_type) for each in gguf.GGUFReader(path).tensors}


def test_every_tensor_is_there(tmp_path: Path) -> None:
    written = write_gguf(small_nano(), tmp_path / "nano.gguf", "F32")
    base, found = load_file(small_nano() / "model.safetensors"), tensors(written.path)
    assert len(found) == len(base)
    for theirs, ours in (
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("blk.1.attn_q.weight", "model.layers.1.self_attn.q_proj.weight"),
        ("blk.1.attn_q.bias", "model.layers.1.self_attn.q_proj.bias"),
        ("blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"),
        ("output_norm.weight", "model.norm.weight"),
    ):
        np.testing.assert_array_equal(found[theirs], base[ours].astype(np.float32))
    assert (written.quantization, written.mix, written.size) == ("F32", {"F32": 15}, written.path.stat().st_size)


@pytest.mark.parametrize(
    ("quantization", "error", "mix"),
    [
        ("F16", 0, {"F16"}),
        ("BF16", 2**-8, {"BF16"}),
        ("Q8_0", 0.01, {"Q8_0"}),
        ("Q6_K", 0.03, {"Q6_K", "Q8_0"}),
        ("Q5_K_M", 0.05, {"Q5_K", "Q6_K", "Q5_1", "Q8_0"}),
        ("Q4_K_M", 0.1, {"Q4_K", "Q6_K", "Q5_0", "Q8_0"}),
    ],
)
def test_quantized_numbers_are_near(quantization: str, error: float, mix: set[str], tmp_path: Path) -> None:
    written = write_gguf(small_nano(), tmp_path / "nano.gguf", quantization)
    exact = tensors(write_gguf(small_nano(), tmp_path / "exact.gguf", "F32").path)
    for name, values in tensors(written.path).items():
        assert np.linalg.norm(values - exact[name]) <= error * np.linalg.norm(exact[name])
    assert set(written.mix) == mix


def test_an_adapter_is_added(tmp_path: Path) -> None:
    layer, rng = "model.layers.1.mlp.down_proj", np.random.default_rng(0)
    a, b = rng.normal(size=(4, 704)).astype(np.float32), rng.normal(size=(256, 4)).astype(np.float32)
    (tmp_path / "adapter").mkdir()
    write_adapter(tmp_path / "adapter", {layer: (a, b)}, LoraSpec(4, 8.0, 0.0, ("down_proj",)), "nano")
    found = tensors(write_gguf(small_nano(), tmp_path / "x.gguf", "F32", tmp_path / "adapter").path)
    base = tensors(write_gguf(small_nano(), tmp_path / "y.gguf", "F32").path)
    np.testing.assert_allclose(
        found["blk.1.ffn_down.weight"], base["blk.1.ffn_down.weight"] + 2.0 * b @ a, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(found["blk.0.ffn_down.weight"], base["blk.0.ffn_down.weight"])
    assert read_adapter(tmp_path / "adapter").lora.scale == 2.0


def test_importance_moves_the_error_where_it_costs_little(tmp_path: Path) -> None:
    cost = np.full(256, 0.01, np.float32)
    cost[:64] = 1.0
    name = "blk.0.ffn_up.weight"
    exact = tensors(write_gguf(small_nano(), tmp_path / "exact.gguf", "F32").path)[name]
    plain = tensors(write_gguf(small_nano(), tmp_path / "plain.gguf", "Q4_K_M").path)[name]
    weighed = tensors(write_gguf(small_nano(), tmp_path / "x.gguf", "Q4_K_M", importance={name: cost}).path)[name]
    before, after = np.square(plain - exact).mean(0), np.square(weighed - exact).mean(0)
    assert after[:64].mean() < before[:64].mean()


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "_encoded", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_gguf(small_nano(), tmp_path / "out" / "nano.gguf")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "gemma3_text"}, "its architecture is gemma3_text"),
        ({"hidden_act": "gelu"}, "has silu, not gelu"),
        ({"use_sliding_window": True, "max_window_layers": 1}, "sliding windows"),
        ({"rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4}}, "of the type longrope"),
        ({"quantization": {"bits": 4, "group_size": 64}}, "MLX's quantized form"),
        ({"tie_word_embeddings": False}, "no lm_head.weight"),
        ({"num_hidden_layers": 1}, "no place for model.layers.1"),
    ],
)
def test_what_llama_cpp_would_distort_is_refused(change: dict[str, object], words: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in small_nano().iterdir():
        (folder / file.name).symlink_to(file)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(ModelError, match=words) as caught:
        write_gguf(folder, tmp_path / "x.gguf")
    assert "\n" not in str(caught.value)


def test_an_unknown_quantization_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown quantization int4"):
        write_gguf(small_nano(), tmp_path / "x.gguf", "int4")


def test_the_forms_of_both_backends_give_the_same_file(tmp_path: Path) -> None:
    """PEFT's file and mlx-lm's hold the same adapter, transposed; each alone is exported to the same bytes."""
    rng, weights = np.random.default_rng(0), {}
    for layer, (rows, columns) in {"self_attn.q_proj": (256, 256), "mlp.up_proj": (704, 256)}.items():
        a, b = rng.normal(size=(4, columns)), rng.normal(size=(rows, 4)) / 9
        weights[f"model.layers.0.{layer}"] = (a.astype(np.float32), b.astype(np.float32))
    found = []
    for kept in ("adapter_model", "adapters"):
        folder = tmp_path / kept
        folder.mkdir()
        write_adapter(folder, weights, LoraSpec(4, 8.0, 0.0, ("q_proj", "up_proj")), "nano")
        if kept == "adapters":
            config = json.loads((folder / "adapter_config.json").read_text())
            own = {key: config[key] for key in ("fine_tune_type", "num_layers", "lora_parameters")}
            (folder / "adapter_config.json").write_text(json.dumps(own))
        for path in folder.glob("*.safetensors"):
            if path.stem != kept:
                path.unlink()
        found.append(write_gguf(small_nano(), folder / "x.gguf", "Q4_K_M", folder).path.read_bytes())
    assert found[0] == found[1]
