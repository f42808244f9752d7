"""Merged folders hold base plus adapter, tensor by tensor, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from support.small_nano import small_nano
from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import BackendError, ModelError, OutputError
from vibecoder.export.merged import complete_config, write_merged
from vibecoder.system.stored import stored_tensors
from vibecoder.types import LoraSpec

LAYER = "model.layers.1.mlp.down_proj"


def an_adapter(folder: Path, size: float = 0.1) -> Path:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(4, 704)).astype(np.float32), rng.normal(size=(256, 4)).astype(np.float32) * size
    folder.mkdir()
    write_adapter(folder, {LAYER: (a, b.astype(np.float32))}, LoraSpec(4, 8.0, 0.0, ("down_proj",)), "nano")
    return folder


@pytest.mark.parametrize("shard", [1_000_000, 2**31])
def test_the_adapter_is_added_and_the_rest_is_kept(shard: int, tmp_path: Path) -> None:
    adapter = an_adapter(tmp_path / "adapter")
    told: list[int] = []
    written = write_merged(small_nano(), tmp_path / "out", adapter, shard, told.append)
    base = load_file(small_nano() / "model.safetensors")
    found = {name: tensor.read() for name, tensor in stored_tensors(tmp_path / "out").items()}
    pair = load_file(adapter / "adapter_model.safetensors")
    a, b = (pair[f"base_model.model.{LAYER}.lora_{half}.weight"] for half in "AB")
    changed = f"{LAYER}.weight"
    expected = (base[changed].astype(np.float32) + 2.0 * b @ a).astype(np.float16)
    np.testing.assert_allclose(found[changed], expected.astype(np.float32), rtol=1e-3, atol=1e-4)
    assert found.keys() == base.keys()
    for name in base.keys() - {changed}:
        np.testing.assert_array_equal(found[name], base[name].astype(np.float32))
    assert (written.changed, sum(told)) == (1, written.size)
    assert (len(written.shards) > 1) == (shard < 2**30)
    assert len(list((tmp_path / "out").glob("*.safetensors"))) == len(written.shards)


def test_readers_old_and_new_find_their_keys(tmp_path: Path) -> None:
    write_merged(small_nano(), tmp_path / "out", None)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] == 10000.0
    template = (tmp_path / "out" / "chat_template.jinja").read_text()
    assert json.loads((tmp_path / "out" / "tokenizer_config.json").read_text())["chat_template"] == template


def test_an_old_configuration_gets_the_new_form() -> None:
    scaling = {"type": "linear", "factor": 2.0}
    old = {"model_type": "llama", "rope_theta": 5e5, "rope_scaling": scaling, "torch_dtype": "float16"}
    whole = complete_config(old)
    assert whole["rope_parameters"] == {"rope_theta": 5e5, "rope_type": "linear", "factor": 2.0}
    assert (whole["rope_scaling"], whole["dtype"]) == (scaling, "float16")


def test_a_quantized_base_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in small_nano().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    for stated in ({"quantization": {"bits": 4}}, {"quantization_config": {"quant_method": "bitsandbytes"}}):
        (folder / "config.json").write_text(json.dumps({**config, **stated}))
        with pytest.raises(ModelError, match="give the model they were made from as --model") as caught:
            write_merged(folder, tmp_path / "out", None)
        assert "\n" not in str(caught.value)


def test_what_overflows_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    adapter = an_adapter(tmp_path / "adapter", size=1e6)
    with pytest.raises(BackendError, match="not finite in F16"):
        write_merged(small_nano(), tmp_path / "out", adapter)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_a_folder_of_others_is_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists and is no export"):
        write_merged(small_nano(), tmp_path, None)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_adapter_of_another_base_is_refused(tmp_path: Path) -> None:
    adapter = an_adapter(tmp_path / "adapter")
    tensors = load_file(adapter / "adapter_model.safetensors")
    renamed = {name.replace("layers.1", "layers.7"): tensor for name, tensor in tensors.items()}
    save_file(renamed, adapter / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="of another base model"):
        write_merged(small_nano(), tmp_path / "out", adapter)
