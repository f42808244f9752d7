"""A model's folder as it may be found: old layouts, several templates, and what is missing or broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vibecoder.errors import ModelError
from vibecoder.rendering import ChatTokenizer, prompt_ids
from vibecoder.rendering.vocabulary.files import read_files

PLAIN = "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
TOOLS = (
    "{% for t in tools %}{{ t.function.name }}:{% endfor %}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
)
MESSAGES = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.fixture
def folder(tmp_path: Path, nano_folder: Path) -> Path:
    shutil.copy(nano_folder / "tokenizer.json", tmp_path)
    return tmp_path


def write(folder: Path, name: str, value: Any) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def prompted(folder: Path, tools: list[Any] | None = None) -> str:
    tokenizer = ChatTokenizer.load(folder)
    return tokenizer.decode(prompt_ids(MESSAGES, tools or [], tokenizer))


def test_template_in_the_tokenizers_config(folder: Path) -> None:
    write(folder, "tokenizer_config.json", {"chat_template": PLAIN})
    assert prompted(folder) == "hi<|im_end|>"


def test_template_in_a_file_of_its_own_comes_first(folder: Path) -> None:
    write(folder, "tokenizer_config.json", {"chat_template": PLAIN})
    write(folder, "chat_template.json", {"chat_template": "json:" + PLAIN})
    assert prompted(folder) == "json:hi<|im_end|>"
    write(folder, "chat_template.jinja", "jinja:" + PLAIN)
    assert prompted(folder) == "jinja:hi<|im_end|>"


@pytest.mark.parametrize("layout", ["list", "files"])
def test_a_template_for_tools(folder: Path, layout: str) -> None:
    if layout == "list":
        named = [{"name": "default", "template": PLAIN}, {"name": "tool_use", "template": TOOLS}]
        write(folder, "tokenizer_config.json", {"chat_template": named})
    else:
        write(folder, "chat_template.jinja", PLAIN)
        write(folder, "additional_chat_templates/tool_use.jinja", TOOLS)
    assert prompted(folder) == "hi<|im_end|>"
    assert prompted(folder, [TOOL]) == "f:hi<|im_end|>"


def test_special_tokens_as_text_or_object(folder: Path) -> None:
    write(folder, "chat_template.jinja", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ sep_token }}")
    write(folder, "tokenizer_config.json", {"bos_token": {"content": "<|im_start|>"}, "eos_token": None})
    write(folder, "special_tokens_map.json", {"bos_token": "<|fim_pad|>", "eos_token": "<|im_end|>"})
    assert prompted(folder) == "<|fim_pad|>hi<|im_end|>"  # the older file, which transformers reads last
    assert ChatTokenizer.load(folder).stop_ids == (4087,)
    config = {"added_tokens_decoder": {}, "bos_token": {"content": "<|im_start|>"}, "eos_token": "<|im_end|>"}
    write(folder, "tokenizer_config.json", config)
    assert prompted(folder) == "<|im_start|>hi<|im_end|>"


def test_bos_is_read_from_the_post_processor(folder: Path) -> None:
    write(folder, "chat_template.jinja", PLAIN)
    write(folder, "tokenizer_config.json", {"bos_token": "<|im_start|>"})
    assert not read_files(folder).add_bos
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    single = [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    template = {
        "type": "TemplateProcessing",
        "single": single,
        "pair": single,
        "special_tokens": {"<|im_start|>": {"id": "<|im_start|>", "ids": [4086], "tokens": ["<|im_start|>"]}},
    }
    for processor in (template, {"type": "Sequence", "processors": [template]}):
        write(folder, "tokenizer.json", tokenizer | {"post_processor": processor})
        assert read_files(folder).add_bos
        assert prompted(folder) == "hi<|im_end|>"  # a template writes its own
    write(folder, "tokenizer_config.json", {"bos_token": "<|im_start|>", "add_bos_token": False})
    assert not read_files(folder).add_bos


def test_the_models_own_stops_come_first(nano: ChatTokenizer, model_folder: Callable[..., Path]) -> None:
    assert nano.stop_ids == (4087, 4085)
    folder = model_folder("{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}")
    assert ChatTokenizer.load(folder).stop_ids == (4085, 4087)


def test_what_is_missing_or_broken_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        ChatTokenizer.load(folder)
    write(folder, "chat_template.jinja", "{% for m in messages %}")
    with pytest.raises(ModelError, match="not valid Jinja"):
        ChatTokenizer.load(folder)
    write(folder, "chat_template.jinja", PLAIN)
    write(folder, "tokenizer_config.json", "{")
    with pytest.raises(ModelError, match=r"tokenizer_config.json cannot be read as JSON"):
        ChatTokenizer.load(folder)
    write(folder, "tokenizer_config.json", [])
    with pytest.raises(ModelError, match="holds no JSON object"):
        ChatTokenizer.load(folder)
    write(folder, "tokenizer_config.json", {})
    write(folder, "tokenizer.json", {"added_tokens": [], "model": {"type": "nonsense"}})
    with pytest.raises(ModelError, match="not usable"):
        ChatTokenizer.load(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer.json"):
        ChatTokenizer.load(folder)
