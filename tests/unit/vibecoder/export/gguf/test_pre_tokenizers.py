"""llama.cpp's pre-tokenizer is chosen by the rules of tokenizer.json, not by a model's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vibecoder.errors import ModelError
from vibecoder.export.gguf.pre_tokenizers import find_pre_tokenizer
from vibecoder.models import NANO

NANO_TOKENIZER = json.loads((NANO / "tokenizer.json").read_text())
QWEN = NANO_TOKENIZER["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
GPT2 = {**BYTES, "use_regex": True}
DIGITS = {"type": "Digits", "individual_digits": True}


def split(pattern: str, **more: Any) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False, **more}


def tokenizer(*steps: dict[str, Any], normalizer: Any = None, **model: Any) -> dict[str, Any]:
    steps = steps if len(steps) == 1 else ({"type": "Sequence", "pretokenizers": list(steps)},)
    return {"model": {"type": "BPE", **model}, "pre_tokenizer": steps[0], "normalizer": normalizer}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (NANO_TOKENIZER, "qwen2"),
        (tokenizer(split(QWEN), BYTES, normalizer={"type": "NFC"}), "qwen2"),
        (tokenizer(split(QWEN, behavior="Removed", invert=True), BYTES), "qwen2"),
        (tokenizer(split(QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")), BYTES, ignore_merges=True), "llama-bpe"),
        (tokenizer(DIGITS, GPT2), "smollm"),
        (tokenizer(GPT2), "gpt-2"),
    ],
)
def test_known_rules(given: dict[str, Any], name: str) -> None:
    assert find_pre_tokenizer(given, "m") == name


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (tokenizer(split(r"\d+"), BYTES), "knows no pre-tokenizer"),
        (tokenizer(split(QWEN), GPT2), "knows no pre-tokenizer"),
        (tokenizer(split(QWEN), {**BYTES, "add_prefix_space": True}), "knows no pre-tokenizer"),
        (tokenizer({**DIGITS, "individual_digits": False}, GPT2), "knows no pre-tokenizer"),
        (tokenizer(GPT2, normalizer={"type": "Lowercase"}), "Lowercase"),
        (tokenizer(split(QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")), BYTES), "ignore_merges"),
        ({"model": {"type": "Unigram"}, "pre_tokenizer": {"type": "Metaspace"}}, "no byte-level BPE"),
        ({"model": {"type": "BPE"}, "pre_tokenizer": None}, "no byte-level BPE"),
    ],
)
def test_other_rules_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        find_pre_tokenizer(given, "m")
