"""Tokens that a model declares beside its `tokenizer.json` are tokens here too, as transformers has them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from vibecoder.errors import ModelError
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.rendering.vocabulary.agreement import check_agreement
from vibecoder.types import Example

TEMPLATE = (
    "{% for m in messages %}<|turn|>{{ m.role }}\n{{ m.content }}<|over|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)
TURNS = ("<|turn|>", "<|over|>")
MESSAGES = [{"role": "user", "content": "Hello <|over|>"}, {"role": "assistant", "content": "Hi there"}]


def flags(text: str, **more: bool) -> dict[str, Any]:
    return {
        "content": text, "special": True, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False,
    } | more  # fmt: skip


def declared(form: str, size: int) -> dict[str, dict[str, Any]]:
    """File names and what they hold, for one way of declaring the two tokens."""
    numbered = {str(size + at): flags(text) for at, text in enumerate(TURNS)}
    return {
        "added_tokens_decoder": {"tokenizer_config.json": {"added_tokens_decoder": numbered}},
        "not special": {
            "tokenizer_config.json": {
                "added_tokens_decoder": {number: each | {"special": False} for number, each in numbered.items()}
            }
        },
        "added_tokens.json": {"added_tokens.json": {text: size + at for at, text in enumerate(TURNS)}},
        "additional_special_tokens": {"tokenizer_config.json": {"additional_special_tokens": list(TURNS)}},
        "named": {"tokenizer_config.json": {"sep_token": "<|turn|>", "turn_token": "<|over|>"}},
        "special_tokens_map.json": {
            "special_tokens_map.json": {"sep_token": flags("<|turn|>"), "cls_token": flags("<|over|>")}
        },
    }[form]


@pytest.fixture
def folder(tmp_path: Path, nano_folder: Path) -> Path:
    Tokenizer.from_file(str(nano_folder / "tokenizer.json")).save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def write(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>"}
    given = {"tokenizer_config.json": config}
    for name, content in files.items():
        given[name] = given.get(name, {}) | content
    for name, content in given.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


FORMS = (
    "added_tokens_decoder", "not special", "added_tokens.json", "additional_special_tokens", "named",
    "special_tokens_map.json",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_ids_masks_and_stops_are_those_of_transformers(
    form: str, folder: Path, nano: ChatTokenizer, reference: Callable[[Path], Any]
) -> None:
    write(folder, declared(form, len(nano)))
    tokenizer = ChatTokenizer.load(folder)
    theirs = reference(folder)
    plain = [MESSAGES[0] | {"content": "Hello"}, MESSAGES[1]]
    rendered = render(Example(messages=plain), tokenizer)
    assert rendered.ids.tolist() == list(theirs.apply_chat_template(plain, return_dict=True)["input_ids"])
    assert [text for text, flag in spans(rendered, tokenizer) if flag] == ["Hi there<|over|>"]
    over = theirs.convert_tokens_to_ids("<|over|>")
    assert over in tokenizer.stop_ids
    spelled = render(Example(messages=MESSAGES), tokenizer).ids.tolist()
    assert spelled.count(over) == 2  # what a text merely spells is no token


def test_flags_of_a_token_that_is_there_already_are_the_configs(folder: Path, reference: Callable[[Path], Any]) -> None:
    write(folder, {"tokenizer_config.json": {"added_tokens_decoder": {"4094": flags("<tool_call>", rstrip=True)}}})
    tokenizer = ChatTokenizer.load(folder)
    text = "a <tool_call>  b"
    assert tokenizer.encode(text) == reference(folder)(text)["input_ids"]
    assert tokenizer.encode(text) != [*tokenizer.encode_text("a "), 4094, *tokenizer.encode_text("  b")]


def test_a_malformed_declaration_is_named(folder: Path) -> None:
    write(folder, {"tokenizer_config.json": {"added_tokens_decoder": {"x": flags("<|turn|>")}}})
    with pytest.raises(ModelError, match=r"an added token of .* is malformed"):
        ChatTokenizer.load(folder)


class Other:
    """A tokenizer that spells one token out."""

    def __init__(self, tokenizer: ChatTokenizer, token: str) -> None:
        self.tokenizer, self.token = tokenizer, token

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text) if self.token not in text else self.tokenizer.encode_text(text)


@pytest.mark.parametrize("token", ["<|fim_pad|>", "</tool_call>"])
def test_a_folder_whose_ids_differ_from_transformers_is_refused_and_not_remembered(
    token: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setenv("VIBECODER_CACHE", str(tmp_path_factory.mktemp("cache")))
    write(folder, declared("added_tokens.json", 4096))
    tokenizer = ChatTokenizer.load(folder)
    tokens = tuple(tokenizer.shadow.controls)
    (folder / "special_tokens_map.json").write_text("{}", encoding="utf-8")  # another folder than the one just opened
    for _ in range(2):
        with pytest.raises(ModelError, match=rf"m.* gives other ids .*{token.strip('<|>/')}.*save_pretrained"):
            check_agreement(folder, "m", Other(tokenizer, token), tokens)
    check_agreement(folder, "m", tokenizer, tokens)
    check_agreement(folder, "m", Other(tokenizer, token), tokens)  # found equal before: not compared again


def test_a_folder_that_transformers_cannot_open_is_taken_as_it_is(folder: Path) -> None:
    pytest.importorskip("transformers")
    write(folder, {"tokenizer_config.json": {"tokenizer_class": "NoSuchTokenizer"}, "config.json": {"model_type": "x"}})
    level = logging.getLogger("transformers").level
    assert ChatTokenizer.load(folder).encode("<tool_call>") == [4094]
    assert logging.getLogger("transformers").level == level
