"""Model folders for rendering tests: nano's tokenizer with the control tokens of another family added to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import templates
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer


@pytest.fixture(scope="session")
def nano_folder() -> Path:
    return NANO


@pytest.fixture(scope="session")
def nano(tokenizer: ChatTokenizer) -> ChatTokenizer:
    return tokenizer


@pytest.fixture(scope="session")
def trl_template() -> Callable[[str], str | None]:
    return templates.trl_template


@pytest.fixture(scope="session")
def trl_families() -> set[str]:
    return templates.trl_families()


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a model folder whose name is `name` and whose template is given."""

    def write(template: str, *, name: str = "model", **options: Any) -> Path:
        return templates.write_model(tmp_path_factory.mktemp("models") / name, template, **options)

    return write


@pytest.fixture(scope="session")
def family(model_folder: Callable[..., Path]) -> Callable[[str], tuple[ChatTokenizer, Path]]:
    """The tokenizer and folder of one of the template families of TRL or llama.cpp, made once."""
    made: dict[str, tuple[ChatTokenizer, Path]] = {}

    def get(name: str) -> tuple[ChatTokenizer, Path]:
        if name not in made:
            source = templates.trl_template(name) or templates.llama_cpp_templates()[name]
            folder = model_folder(source, name=name, stops=templates.stops_of(name))
            made[name] = (ChatTokenizer.load(folder), folder)
        return made[name]

    return get


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    return templates.transformers_reader(monkeypatch)
