"""Model folders for rendering tests: nano's tokenizer with the control tokens of another family added to it."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

import vibecoder
from vibecoder.rendering import ChatTokenizer
from vibecoder.rendering.environment import TODAY

NANO_FOLDER = Path(vibecoder.__file__).parent / "nano"
_CONTROL = re.compile(
    r"<[|｜][A-Za-z_▁\"]+[|｜]?>|<[a-z_]+\|>|\[/?(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]"
    r"|</?(?:start_of_turn|end_of_turn|end_of_utterance|image|think|tool_call|tool_response|arg_key|arg_value|s)>"
)


def template_folder() -> Path:
    spec = importlib.util.find_spec("trl")
    if spec is None or spec.origin is None:
        pytest.skip("trl, which carries the templates, is not installed")
    return Path(spec.origin).parent / "chat_templates"


@pytest.fixture(scope="session")
def nano_folder() -> Path:
    return NANO_FOLDER


@pytest.fixture(scope="session")
def nano() -> ChatTokenizer:
    return ChatTokenizer.load(NANO_FOLDER)


@pytest.fixture(scope="session")
def trl_template() -> Callable[[str], str | None]:
    """The source of one of TRL's templates, or None where it ships none of that name."""

    def read(name: str) -> str | None:
        path = template_folder() / f"{name}.jinja"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    return read


@pytest.fixture(scope="session")
def trl_families() -> set[str]:
    return {path.stem for path in template_folder().glob("*.jinja") if not path.stem.endswith("_training")}


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a model folder with nano's vocabulary, every control token that the template spells, and `tokens`."""

    def write(
        template: str,
        *,
        name: str = "model",
        tokens: Sequence[str | AddedToken] = (),
        stops: Sequence[str] = (),
        config: dict[str, Any] | None = None,
        base: Tokenizer | None = None,
    ) -> Path:
        folder = tmp_path_factory.mktemp("models") / name
        folder.mkdir()
        tokenizer = base or Tokenizer.from_file(str(NANO_FOLDER / "tokenizer.json"))
        special = ["<bos>", *sorted(set(_CONTROL.findall(template)))]
        tokenizer.add_special_tokens([token for token in special if tokenizer.token_to_id(token) is None])
        tokenizer.add_tokens(list(tokens))
        tokenizer.save(str(folder / "tokenizer.json"))
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>", "eos_token": "<|endoftext|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings | (config or {})), encoding="utf-8")
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        generation = {"eos_token_id": [tokenizer.token_to_id(stop) for stop in stops]}
        (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def family(
    model_folder: Callable[..., Path], trl_template: Callable[[str], str | None]
) -> Callable[[str], tuple[ChatTokenizer, Path]]:
    """The tokenizer and folder of one of TRL's template families, made once."""
    made: dict[str, tuple[ChatTokenizer, Path]] = {}

    def get(name: str) -> tuple[ChatTokenizer, Path]:
        if name not in made:
            source = trl_template(name)
            assert source is not None
            stops = ("<|user|>", "<|observation|>") if name.startswith("glm") else ()
            folder = model_folder(source, name=name, stops=stops)
            made[name] = (ChatTokenizer.load(folder), folder)
        return made[name]

    return get


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """transformers' own tokenizer for a folder, on the day that vibecoder renders."""
    transformers = pytest.importorskip("transformers")
    from transformers.utils import chat_template_utils

    class Today(chat_template_utils.datetime):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return TODAY

    monkeypatch.setattr(chat_template_utils, "datetime", Today)
    return transformers.PreTrainedTokenizerFast.from_pretrained
