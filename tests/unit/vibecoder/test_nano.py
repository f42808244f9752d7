"""nano's own files: what transformers and mlx-lm make of them is what we make of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from support.templates import transformers_reader, trl_template
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer

SAMPLES = [
    Path(json.__file__).read_text(encoding="utf-8"),
    "a <|im_start|> b <tool_call>\n x</tool_call>  é e\u0301\n\n\n  1234 <|fim_middle|>",
]
TOOL = {"type": "function", "function": {"name": "f", "description": "<é>", "parameters": {"type": "object"}}}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


TURNS = [
    {"role": "user", "content": "hi"},
    {"role": "system", "content": "sys"},
    {"role": "tool", "content": "out"},
    {"role": "assistant", "content": ""},
    {"role": "assistant", "content": "yes"},
    {"role": "assistant", "content": "", "tool_calls": [call("f", x="é<>")]},
    {"role": "assistant", "content": "t", "tool_calls": [call("f"), {"name": "g", "arguments": {"y": [1]}}]},
]


def test_template_prints_what_qwen2_5s_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    original = trl_template("qwen2_5")
    theirs = transformers_reader(monkeypatch)(NANO)
    choose = random.Random(0)
    for _ in range(400):
        messages = choose.choices(TURNS, k=choose.randint(1, 6))
        options = {"tools": choose.choice([None, [], [TOOL], [TOOL, TOOL]]), "tokenize": False}
        options["add_generation_prompt"] = choose.random() < 0.5
        ours = theirs.apply_chat_template(messages, **options)
        assert ours == theirs.apply_chat_template(messages, chat_template=original, **options)


def test_transformers_opens_the_folder(tokenizer: ChatTokenizer) -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoTokenizer.from_pretrained(NANO)
    for text in SAMPLES:
        assert theirs.encode(text) == tokenizer.encode(text)
    assert (theirs.eos_token, theirs.pad_token, theirs.bos_token) == ("<|im_end|>", "<|endoftext|>", None)
    config = transformers.AutoConfig.from_pretrained(NANO)
    assert config.architectures == ["Qwen2ForCausalLM"]
    assert config.rope_parameters == {"rope_type": "default", "rope_theta": 10000.0}
    assert config.vocab_size == len(tokenizer)
    generation = transformers.GenerationConfig.from_pretrained(NANO)
    assert tuple(generation.eos_token_id) == tokenizer.stop_ids


def test_mlx_lm_opens_the_folder(tokenizer: ChatTokenizer) -> None:
    pytest.importorskip("mlx_lm")
    from mlx_lm import tokenizer_utils as utilities

    theirs = utilities.load(NANO)
    for text in SAMPLES:
        assert theirs.encode(text) == tokenizer.encode(text)
    assert theirs.has_tool_calling


def test_config_carries_both_forms_of_the_rotary_base() -> None:
    config = json.loads((NANO / "config.json").read_text(encoding="utf-8"))
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] == 10000.0
    assert config["dtype"] == config["torch_dtype"] == "float16"
