"""Raw fill-in-the-middle, in the tokens of whichever family the model is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from vibecoder.errors import DataError
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.types import Comparison, Infill

TEMPLATE = "{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
RECORD = Infill(prefix="def f():\n    ", middle="return 1", suffix="\n\nf()\n", id="abc", category="craftsmanship")


def byte_tokenizer() -> Tokenizer:
    vocabulary = {character: index for index, character in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    from tokenizers import decoders

    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def test_nano_in_full(nano: ChatTokenizer) -> None:
    rendered = render(RECORD, nano)
    assert (rendered.record_id, rendered.category) == ("abc", "craftsmanship")
    assert spans(rendered, nano) == [
        ("<|fim_prefix|>def f():\n    <|fim_suffix|>\n\nf()\n<|fim_middle|>", False),
        ("return 1<|endoftext|>", True),
    ]
    assert rendered.supervised == int(rendered.loss_mask.sum())


def test_nothing_to_fill_in_teaches_the_end(nano: ChatTokenizer) -> None:
    assert spans(render(Infill(prefix="a", middle="", suffix=""), nano), nano)[-1] == ("<|endoftext|>", True)


@pytest.mark.parametrize(
    ("tokens", "end", "bos"),
    [
        (["<fim_prefix>", "<fim_suffix>", "<fim_middle>"], "<|endoftext|>", False),
        (["<fim-prefix>", "<fim-suffix>", "<fim-middle>"], "<|endoftext|>", False),
        (["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"], "<|file_separator|>", True),
        (["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"], "<｜end▁of▁sentence｜>", True),
        (["▁<PRE>", "▁<SUF>", "▁<MID>"], "▁<EOT>", True),
    ],
)
def test_other_families(tokens: list[str], end: str, bos: bool, model_folder: Callable[..., Path]) -> None:
    config = {"eos_token": end, "add_bos_token": bos}
    folder = model_folder(TEMPLATE, base=byte_tokenizer(), tokens=[*tokens, end], config=config)
    tokenizer = ChatTokenizer.load(folder)
    start = "<bos>" if bos else ""
    assert spans(render(RECORD, tokenizer), tokenizer) == [
        (f"{start}{tokens[0]}{RECORD.prefix}{tokens[1]}{RECORD.suffix}{tokens[2]}", False),
        (f"{RECORD.middle}{end}", True),
    ]


def test_a_model_without_these_tokens_is_named(model_folder: Callable[..., Path]) -> None:
    folder = model_folder(TEMPLATE, name="Llama-3", base=byte_tokenizer(), tokens=["<|endoftext|>"])
    with pytest.raises(DataError, match="the model Llama-3 has no fill-in-the-middle tokens"):
        render(RECORD, ChatTokenizer.load(folder))


def test_other_records_are_refused(nano: ChatTokenizer) -> None:
    with pytest.raises(DataError, match="Comparison"):
        render(Comparison(messages=[], chosen=[], rejected=[]), nano)
