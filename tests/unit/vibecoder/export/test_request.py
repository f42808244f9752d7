"""The base is found from what an adapter says, and files are named by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from support.small_nano import small_nano
from vibecoder.adapters.folder import write_adapter
from vibecoder.errors import ConfigError, ModelError
from vibecoder.export.request import check_installed, file_name, find_model
from vibecoder.models import NANO, ResolvedModel
from vibecoder.types import LoraSpec


def adapter(folder: Path, base: str) -> Path:
    folder.mkdir()
    pair = (np.ones((2, 4), np.float32), np.ones((4, 2), np.float32))
    write_adapter(folder, {"model.layers.0.mlp.up_proj": pair}, LoraSpec(2, 4.0, 0.0, ("up_proj",)), base)
    return folder


def test_the_base_is_the_adapters(tmp_path: Path) -> None:
    assert find_model(None, adapter(tmp_path / "a", str(small_nano()))).folder == small_nano().resolve()
    assert find_model("nano", adapter(tmp_path / "b", "other/base")).folder == NANO
    with pytest.raises(ModelError, match="does not say what its base model is; give it as --model"):
        find_model(None, adapter(tmp_path / "c", ""))
    with pytest.raises(ModelError, match="what to export"):
        find_model(None, None)


def test_files_are_named_after_the_model() -> None:
    model = ResolvedModel("Qwen/Qwen2.5-Coder-3B (mine)", NANO, "x")
    assert file_name(model, None) == "Qwen2.5-Coder-3B-mine"
    assert file_name(model, Path("a")) == "Qwen2.5-Coder-3B-mine-tuned"


def test_a_missing_library_is_told_with_the_command() -> None:
    check_installed("json")
    with pytest.raises(ConfigError, match=r"needs no_such, which is not installed; .* 'vibecoder\[export\]'"):
        check_installed("no_such")
