"""Chat templates of other families: TRL's, those that llama.cpp tests with, model folders that have them, and
transformers' own rendering of them."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer

from vibecoder.models import NANO
from vibecoder.rendering.environment import TODAY

__all__ = [
    "llama_cpp_templates",
    "stops_of",
    "transformers_reader",
    "trl_families",
    "trl_template",
    "write_model",
]

_CONTROL = re.compile(
    r"<[|｜][A-Za-z_▁\"]+[|｜]?>|<[a-z_]+\|>|\[/?(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]"
    r"|</?(?:start_of_turn|end_of_turn|end_of_utterance|image|think|tool_call|tool_response|arg_key|arg_value|s)>"
    r"|<SPECIAL_\d+>|</?TOOLCALL>|<sep>|<(?:beginning|end)_of_sentence>|\[e~\[|\]~[!b]|</?assistant>"
    r"|<seed:[a-z]+>|<｜[a-z_]+:opensource｜>"
)
_STOPS = {
    "glm": ("<|user|>", "<|observation|>"),
    "apertus": ("<|assistant_end|>",),
    "apriel": ("<|end|>",),
    "tencent-hy": ("<｜hy_eos:opensource｜>",),
    "llama-cpp-rwkv": ("<|endoftext|>",),
}
"""What a model's generation_config.json names to end a reply where its template does not write it behind the last."""


def _folder() -> Path:
    spec = importlib.util.find_spec("trl")
    if spec is None or spec.origin is None:
        pytest.skip("trl, which carries the templates, is not installed")
    return Path(spec.origin).parent / "chat_templates"


def trl_template(name: str) -> str | None:
    """The source of one of TRL's templates, or None where it ships none of that name."""
    path = _folder() / f"{name}.jinja"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def trl_families() -> set[str]:
    """The families whose templates TRL ships for inference."""
    return {path.stem for path in _folder().glob("*.jinja") if not path.stem.endswith("_training")}


@lru_cache(maxsize=1)
def llama_cpp_templates() -> dict[str, str]:
    """The templates of models that llama.cpp tests its own reader with, by name; scripts/setup.sh brings them."""
    folder = Path(sys.prefix) / "share" / "chat_templates"
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there; run scripts/setup.sh test")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jinja"))}


def stops_of(name: str) -> tuple[str, ...]:
    """The further tokens that end a reply of a model whose template is called `name`."""
    return next((stops for family, stops in _STOPS.items() if name.lower().startswith(family)), ())


def write_model(
    folder: Path,
    template: str,
    *,
    tokens: Sequence[str | AddedToken] = (),
    stops: Sequence[str] = (),
    config: dict[str, Any] | None = None,
    base: Tokenizer | None = None,
) -> Path:
    """Write a model folder with nano's vocabulary, every control token that the template spells, and `tokens`."""
    folder.mkdir()
    tokenizer = base or Tokenizer.from_file(str(NANO / "tokenizer.json"))
    special = ["<bos>", *sorted({*_CONTROL.findall(template), *stops})]
    tokenizer.add_special_tokens([token for token in special if tokenizer.token_to_id(token) is None])
    tokenizer.add_tokens(list(tokens))
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>", "eos_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | (config or {})), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    generation = {"eos_token_id": [tokenizer.token_to_id(stop) for stop in stops]}
    (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
    return folder


def transformers_reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """transformers' own tokenizer for a folder, on the day that vibecoder renders."""
    transformers = pytest.importorskip("transformers")
    from transformers.utils import chat_template_utils

    class Today(chat_template_utils.datetime):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return TODAY

    monkeypatch.setattr(chat_template_utils, "datetime", Today)
    opened: Callable[[Path], Any] = transformers.PreTrainedTokenizerFast.from_pretrained
    return opened
