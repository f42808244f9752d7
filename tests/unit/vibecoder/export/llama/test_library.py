"""llama.cpp is found in xllamacpp's wheel; where it is not, one line says what to install."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from vibecoder.errors import ConfigError
from vibecoder.export.llama.library import CONTEXT_DEFAULTS, load_library


@pytest.fixture(autouse=True)
def afresh() -> None:
    load_library.cache_clear()


def test_the_first_fields_are_where_they_are_set() -> None:
    assert tuple(load_library().llama_context_default_params().words[:3]) == CONTEXT_DEFAULTS


@pytest.mark.parametrize("installed", [False, True])
def test_what_is_missing_is_told(installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModuleSpec("xllamacpp", None, origin=str(tmp_path / "__init__.py")) if installed else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    (tmp_path / "xllamacpp.abi3.so").write_bytes(b"no library")
    with pytest.raises(
        ConfigError, match=r"pip install -U xllamacpp" if installed else r"pip install 'vibecoder\[export"
    ):
        load_library()
