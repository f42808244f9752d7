"""Recognise by its rules which of llama.cpp's pre-tokenizers splits text as a `tokenizer.json` does.

The model's name says nothing safe: a tokenizer may have been saved with other rules than its family's. What is
recognised here is proven by comparing ids (`vibecoder.export.truth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vibecoder.errors import ModelError

__all__ = ["find_pre_tokenizer"]

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SPLITS = {
    f"{_CONTRACTIONS}{_WORDS}\\p{{N}}{_REST}": "qwen2",
    f"{_CONTRACTIONS}{_WORDS}\\p{{N}}{{1,3}}{_REST}": "llama-bpe",
}
"""Split patterns as Qwen2 and Llama 3 write them -> llama.cpp's name."""


def find_pre_tokenizer(tokenizer: Mapping[str, Any], model: str) -> str:
    """Find llama.cpp's name for the rules of a parsed `tokenizer.json`.

    Raises:
        ModelError: it is no byte-level BPE, or its rules are none that this writer knows.
    """
    kind = (tokenizer.get("model") or {}).get("type")
    steps = _flat(tokenizer.get("pre_tokenizer"))
    if kind != "BPE" or not any(step.get("type") == "ByteLevel" for step in steps):
        raise ModelError(f"no GGUF can be written of {model}: its tokenizer is no byte-level BPE ({kind})")
    normalizers = {step.get("type") for step in _flat(tokenizer.get("normalizer"), "normalizers")}
    if normalizers - {"NFC"}:
        raise ModelError(
            f"no GGUF can be written of {model}: its tokenizer changes texts ({', '.join(map(str, normalizers))}), "
            "which llama.cpp does not"
        )
    name = _by_steps(steps)
    if name is None or any(step.get("add_prefix_space") for step in steps):
        described = " + ".join(str(step.get("type")) for step in steps)
        raise ModelError(
            f"no GGUF can be written of {model}: this writer knows no pre-tokenizer of llama.cpp that splits as its "
            f"tokenizer.json does ({described}); use `vibecoder export merged` and llama.cpp's own converter"
        )
    if name == "llama-bpe" and not tokenizer["model"].get("ignore_merges"):
        raise ModelError(
            f"no GGUF can be written of {model}: llama.cpp takes whole words of the vocabulary before merges with "
            "Llama 3's pre-tokenizer, and this tokenizer.json does not (ignore_merges)"
        )
    return name


def _by_steps(steps: list[Mapping[str, Any]]) -> str | None:
    kinds = [step.get("type") for step in steps]
    split_alone = steps[-1].get("use_regex") is False
    if kinds == ["Split", "ByteLevel"] and split_alone:
        pattern = (steps[0].get("pattern") or {}).get("Regex")
        plain = steps[0].get("behavior") in ("Isolated", "Removed") and bool(steps[0].get("invert")) == (
            steps[0].get("behavior") == "Removed"
        )
        return _SPLITS.get(str(pattern)) if plain else None
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits") and not split_alone:
        return "smollm"
    if kinds == ["ByteLevel"] and not split_alone:
        return "gpt-2"
    return None


def _flat(step: Any, key: str = "pretokenizers") -> list[Mapping[str, Any]]:
    if not isinstance(step, Mapping):
        return []
    inner = step.get(key)
    return [part for each in inner for part in _flat(each, key)] if isinstance(inner, list) else [step]
