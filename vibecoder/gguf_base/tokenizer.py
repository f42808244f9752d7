"""Write `tokenizer.json` and its settings from the vocabulary of a GGUF file.

The file names only the pre-tokenizer; its rules are in llama.cpp's source. transformers does not know the name and
takes GPT-2's rules for all, so that digits and words are cut otherwise than the model was trained with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from vibecoder.errors import ModelError
from vibecoder.gguf_base.file import GgufFile

__all__ = ["write_tokenizer"]

_CONTROL, _USER_DEFINED, _UNUSED = 3, 4, 5
_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_QWEN2 = f"{_CONTRACTIONS}{_WORDS}\\p{{N}}{_REST}"
_LLAMA3 = f"{_CONTRACTIONS}{_WORDS}\\p{{N}}{{1,3}}{_REST}"
_SPLITS = {"qwen2": _QWEN2, "deepseek-r1-qwen": _QWEN2, "llama-bpe": _LLAMA3, "llama3": _LLAMA3, "smaug-bpe": _LLAMA3}
_SINGLE_DIGITS = ("smollm", "starcoder", "refact", "command-r", "codeshell")
_GPT2 = ("gpt-2", "mpt", "olmo", "jais")
_SPECIAL = {"bos": "bos_token", "eos": "eos_token", "padding": "pad_token", "unknown": "unk_token"}


def write_tokenizer(file: GgufFile, template: str | None, folder: Path) -> None:
    """Write the tokenizer, its settings and `template`, else the file's own chat template, into `folder`.

    Raises:
        ModelError: the vocabulary is of a kind, or split by rules, that are not known here.
    """
    tokens: Sequence[str] = file.value("tokenizer.ggml.tokens") or ()
    kinds: Sequence[int] = file.value("tokenizer.ggml.token_type") or [1] * len(tokens)
    if file.value("tokenizer.ggml.model") != "gpt2":
        raise ModelError(
            f"the vocabulary in {file.path.name} is {file.value('tokenizer.ggml.model')}; a base can be read from GGUF "
            "with byte-level BPE; give the model's folder or its Hugging Face id instead"
        )
    pre = str(file.value("tokenizer.ggml.pre", "default"))
    tokenizer = _byte_level(file, tokens, kinds, pre)
    for special in (False, True):
        wanted = _CONTROL if special else _USER_DEFINED
        added = [text for text, kind in zip(tokens, kinds, strict=True) if kind == wanted]
        tokenizer.add_tokens([AddedToken(text, special=special, normalized=False) for text in added])
    ids = {key: file.value(f"tokenizer.ggml.{key}_token_id") for key in _SPECIAL}
    named = {ours: tokens[ids[key]] for key, ours in _SPECIAL.items() if ids[key] is not None}
    adds_bos = bool(file.value("tokenizer.ggml.add_bos_token", pre in ("llama-bpe", "llama3"))) and "bos_token" in named
    if adds_bos:
        bos = named["bos_token"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, ids["bos"])]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "add_bos_token": adds_bos,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "errors": "replace",
        "model_max_length": int(file.of_architecture("context_length", 2048)),
        "tokenizer_class": "PreTrainedTokenizerFast",
        **{ours: named.get(ours) for ours in _SPECIAL.values()},
    }
    _write(folder / "tokenizer_config.json", settings)
    ends = [ids["eos"], file.value("tokenizer.ggml.eot_token_id")]
    generation = {"do_sample": False, "eos_token_id": list(dict.fromkeys(end for end in ends if end is not None))}
    _write(folder / "generation_config.json", generation | {"pad_token_id": ids["padding"]})
    if template := template or file.value("tokenizer.chat_template"):
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")


def _byte_level(file: GgufFile, tokens: Sequence[str], kinds: Sequence[int], pre: str) -> Tokenizer:
    # Rows of the embedding that no token has are filled up with names that are no tokens.
    vocabulary = {text: id_ for id_, text in enumerate(tokens) if kinds[id_] != _UNUSED}
    merges = [tuple(merge.split(" ", 1)) for merge in file.value("tokenizer.ggml.merges") or ()]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=_SPLITS.get(pre) == _LLAMA3))
    tokenizer.decoder = decoders.ByteLevel()
    byte_level: Any = pre_tokenizers.ByteLevel
    if pre in _SINGLE_DIGITS:
        steps = [pre_tokenizers.Digits(individual_digits=True), byte_level(add_prefix_space=False)]
    elif pre in _SPLITS:
        split = pre_tokenizers.Split(Regex(_SPLITS[pre]), "isolated")
        steps = [split, byte_level(add_prefix_space=False, use_regex=False)]
    elif pre in _GPT2:
        steps = [byte_level(add_prefix_space=False)]
    else:
        raise ModelError(
            f"the tokenizer in {file.path.name} splits text by the rules {pre}, which are not known here; known are "
            f"{', '.join(sorted((*_SINGLE_DIGITS, *_SPLITS, *_GPT2)))}; give the model's folder or its Hugging Face id"
        )
    tokenizer.pre_tokenizer = steps[0] if len(steps) == 1 else pre_tokenizers.Sequence(steps)
    if _SPLITS.get(pre) == _QWEN2:
        tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
