"""Which chat templates are ChatML, and what they say around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.templates import trl_template, write_model
from vibecoder.export.ollama.chatml import PROBES, recognise, render
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer

SMOLLM = (
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}<|im_start|>system\nYou are SmolLM<|im_end|>\n"
    "{% endif %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def family(folder: Path, name: str) -> ChatTokenizer:
    source = trl_template(name)
    assert source
    return ChatTokenizer.load(write_model(folder / name, source, stops=("<|im_end|>",)))


def test_nano_has_qwens_words() -> None:
    form = recognise(ChatTokenizer.load(NANO))
    assert form is not None
    assert form.system == "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    assert (form.before_tools or "").startswith("\n\n# Tools")
    assert form.alone == form.before_tools
    assert form.infill == ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")


@pytest.mark.parametrize("name", ["qwen2_5", "qwen3", "qwen3_instruct_2507"])
def test_every_qwen_prints_what_the_plain_renderer_prints(name: str, tmp_path: Path) -> None:
    tokenizer = family(tmp_path, name)
    form = recognise(tokenizer)
    assert form is not None
    for messages, tools in PROBES:
        conversation, offered = tokenizer.chat_template.conversation(messages, tools)
        assert tokenizer.chat_template.render(conversation, offered, prompt=True) == render(form, messages, tools)


def test_a_template_without_tools_is_chatml_without_them(tmp_path: Path) -> None:
    form = recognise(ChatTokenizer.load(write_model(tmp_path / "smol", SMOLLM, stops=("<|im_end|>",))))
    assert form is not None
    assert (form.system, form.before_tools) == ("You are SmolLM", None)


@pytest.mark.parametrize("name", ["llama3", "gemma", "qwen3_5_think", "phi3"])
def test_other_families_are_not(name: str, tmp_path: Path) -> None:
    assert recognise(family(tmp_path, name)) is None
