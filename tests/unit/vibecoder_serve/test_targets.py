"""What is served, from the words of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette")

from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import ConfigError, ModelError, UserError
from vibecoder.models import NANO
from vibecoder.types import LoraSpec
from vibecoder_serve.targets import find_target, open_served

LORA = LoraSpec(rank=2, alpha=4.0, dropout=0.0, targets=("q_proj",))
LAYER = "model.layers.0.self_attn.q_proj"


def adapter(folder: Path, base: str = str(NANO)) -> Path:
    folder.mkdir(parents=True)
    a, b = np.full((2, 256), 0.1, np.float32), np.full((256, 2), 0.1, np.float32)
    write_adapter(folder, {LAYER: (a, b)}, LORA, base)
    return folder


def test_a_model_has_the_name_of_its_folder() -> None:
    assert find_target("nano").models == {"nano": None}


def test_an_adapter_is_called_as_its_run_and_served_first(tmp_path: Path) -> None:
    target = find_target(str(adapter(tmp_path / "friday" / "adapter")))
    assert target.models == {"friday": "friday", "nano": None}


def test_adapters_get_names_of_their_own(tmp_path: Path) -> None:
    one, two = adapter(tmp_path / "a" / "adapter"), adapter(tmp_path / "b")
    target = find_target("nano", [f"champion={one}", str(two)])
    assert target.models == {"champion": "champion", "b": "b", "nano": None}
    with pytest.raises(ModelError, match="two models are called b"):
        find_target("nano", [str(two), f"b={one}"])
    with pytest.raises(ModelError, match="two models are called nano"):
        find_target("nano", [f"nano={one}"])


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model at"):
        find_target(str(tmp_path / "none"))
    with pytest.raises(UserError, match="is not an adapter"):
        find_target("nano", [str(tmp_path)])
    orphan = adapter(tmp_path / "orphan", base="")
    with pytest.raises(ModelError, match="does not say what its base is"):
        find_target(str(orphan))


def test_without_llama_cpp_a_backend_serves_and_naming_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vibecoder_serve.targets._LLAMA_NEEDS", ("no_such_module",))
    with pytest.raises(ConfigError, match="is not installed; install it with"):
        open_served(find_target("nano"), "llama.cpp")
    with pytest.raises(UserError, match="unknown backend abacus"):
        open_served(find_target("nano"), "abacus")


def test_an_adapter_of_another_base_is_refused_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path / "cache"))
    other = tmp_path / "other"
    other.mkdir()
    a, b = np.full((2, 512), 0.1, np.float32), np.full((256, 2), 0.1, np.float32)
    write_adapter(other, {LAYER: (a, b)}, LORA, "nano")
    with pytest.raises(ModelError, match="is of another base model"):
        open_served(find_target("nano", [str(other)]), "auto", 256)


def test_a_copy_in_the_cache_is_made_once_and_another_for_another_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path / "cache"))
    model = tmp_path / "model"
    shutil.copytree(NANO, model)
    for _ in range(2):
        open_served(find_target(str(model)), "auto", 256).engine.close()
    assert len(list((tmp_path / "cache" / "gguf").iterdir())) == 1
    (model / "config.json").write_text((model / "config.json").read_text() + "\n")
    open_served(find_target(str(model)), "auto", 256).engine.close()
    assert len(list((tmp_path / "cache" / "gguf").iterdir())) == 2
