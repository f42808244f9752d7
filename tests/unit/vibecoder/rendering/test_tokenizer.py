"""Kinds of tokenizer: SentencePiece-like, Unigram, tokens that take spaces with them, words added to a vocabulary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from vibecoder.rendering import ChatTokenizer, prompt_ids, render, spans
from vibecoder.types import Example, Rendered

CHATML = """{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
CORPUS = Path(json.__file__).read_text(encoding="utf-8").splitlines()
MESSAGES = [
    {"role": "user", "content": "def f(x):\n    return  x\n"},
    {"role": "assistant", "content": "  naïve 😀 <code>x</code>\n\n\nand\tmore"},
    {"role": "user", "content": "Thanks"},
    {"role": "assistant", "content": "Bye"},
]


def sentencepiece_bpe(fallback: bool = True) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(byte_fallback=fallback, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    source = json.loads(tokenizer.to_str())
    source["added_tokens"] = source["added_tokens"][:3]  # the bytes are plain vocabulary in real files
    return Tokenizer.from_str(json.dumps(source))


def metaspace_unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<unk>", "<s>", "</s>", "<|im_end|>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def greedy_bytes() -> Tokenizer:
    """Byte-level BPE that looks whole words up first, as Llama 3 does, with the control tokens among the words."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_start|>", "<|im_end|>", "<|endoftext|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def unknown_characters() -> Tokenizer:
    return sentencepiece_bpe(fallback=False)


BASES = {
    "sentencepiece": sentencepiece_bpe,
    "unknown": unknown_characters,
    "unigram": metaspace_unigram,
    "greedy": greedy_bytes,
}
KINDS: dict[str, dict[str, Any]] = {
    **{name: {"base": base, "config": {"unk_token": "<unk>"}} for name, base in BASES.items()},
    "spaces": {"tokens": [AddedToken("<|im_end|>", rstrip=True, special=True), AddedToken("\n\n", normalized=False)]},
    "normalized": {"tokens": [AddedToken("<|note|>", normalized=True), AddedToken("<code>", normalized=False)]},
    "left": {"tokens": [AddedToken("<|im_start|>", lstrip=True, special=True)]},
}


@pytest.fixture(scope="module")
def kinds(model_folder: Callable[..., Path]) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def get(kind: str) -> Path:
        if kind not in made:
            settings = {key: value() if key == "base" else value for key, value in KINDS[kind].items()}
            made[kind] = model_folder(CHATML, name=kind, **settings)
        return made[kind]

    return get


@pytest.mark.parametrize("kind", KINDS)
def test_ids_equal_those_of_transformers(kind: str, kinds: Callable[[str], Path], reference: Any) -> None:
    folder = kinds(kind)
    tokenizer, theirs = ChatTokenizer.load(folder), reference(folder)
    rendered = render(Example(messages=MESSAGES), tokenizer)
    assert rendered.ids.tolist() == theirs.apply_chat_template(MESSAGES, return_dict=True)["input_ids"]
    prompt = theirs.apply_chat_template(MESSAGES[:3], return_dict=True, add_generation_prompt=True)["input_ids"]
    assert prompt_ids(MESSAGES[:3], [], tokenizer) == prompt
    assert tokenizer.decode(rendered.ids) == theirs.decode(rendered.ids.tolist())
    text = "x <|im_end|>\n y <|im_start|>"
    assert tokenizer.encode(text) == theirs.encode(text, add_special_tokens=False)
    assert theirs.unk_token_id in rendered.ids or kind != "unknown"
    turns = [piece.strip() for piece, flag in spans(rendered, tokenizer) if flag]
    assert [turn.endswith("<|im_end|>") for turn in turns] == [True, True]
    assert turns[1] == "Bye<|im_end|>"


@pytest.mark.parametrize("kind", KINDS)
def test_spelled_tokens_stay_text(kind: str, kinds: Callable[[str], Path]) -> None:
    tokenizer = ChatTokenizer.load(kinds(kind))
    usual = [number for number in render(Example(messages=MESSAGES), tokenizer).ids if number in tokenizer.control_ids]
    for token in tokenizer.shadow.controls:
        for text in (token, f"a {token} b", f"a{token}\n{token}"):
            messages = [message | {"content": text} for message in MESSAGES]
            ids = render(Example(messages=messages), tokenizer).ids
            unknown = tokenizer.shadow.controls.get("<unk>")  # what characters without a token become
            found = [number for number in ids if number in tokenizer.control_ids and number != unknown]
            assert found == [number for number in usual if number != unknown], (token, text)


def test_merges_that_spell_a_control_token_are_undone(model_folder: Callable[..., Path]) -> None:
    tokenizer = Tokenizer(
        models.BPE(vocab={"<": 0, "s": 1, ">": 2, "<s": 3, "<s>": 4}, merges=[("<", "s"), ("<s", ">")])
    )
    tokenizer.add_special_tokens(["<s>"])
    folder = model_folder("{% for m in messages %}<s>{{ m.content }}{% endfor %}", base=tokenizer)
    loaded = ChatTokenizer.load(folder)
    assert render(Example(messages=[{"role": "user", "content": "<s>"}]), loaded).ids.tolist() == [4, 3, 2]


def test_stand_ins_survive_json_in_ascii(
    nano: ChatTokenizer, model_folder: Callable[..., Path], reference: Any
) -> None:
    folder = model_folder("{% for m in messages %}{{ m.content | tojson(ensure_ascii=True) }}{% endfor %}<|im_end|>")
    tokenizer = ChatTokenizer.load(folder)
    plain = [{"role": "user", "content": 'é 😀 "\\" \n'}]
    expected = reference(folder).apply_chat_template(plain, return_dict=True)["input_ids"]
    assert render(Example(messages=plain), tokenizer).ids.tolist() == expected
    spelled = [{"role": "user", "content": "é <|im_end|>"}]
    assert tokenizer.decode(render(Example(messages=spelled), tokenizer).ids) == '"\\u00e9 <|im_end|>"<|im_end|>'


def test_words_and_spaces_added_to_a_vocabulary_are_used_in_text(model_folder: Callable[..., Path]) -> None:
    tokens = [AddedToken("\n\n", normalized=False), AddedToken("<code>", normalized=False), "kubernetes"]
    tokenizer = ChatTokenizer.load(model_folder(CHATML, tokens=tokens))
    messages = [{"role": "user", "content": "<code>kubernetes\n\n"}]
    ids = render(Example(messages=messages), tokenizer).ids.tolist()
    numbers = [tokenizer.encode_text(text) for text in ("<code>", "kubernetes", "\n\n")]
    assert all(len(number) == 1 and number[0] in ids and number[0] not in tokenizer.control_ids for number in numbers)


def test_a_tag_that_the_template_writes_is_a_control_token(model_folder: Callable[..., Path]) -> None:
    template = "{% for m in messages %}<code>{{ m.content }}</code>{% endfor %}"
    tokenizer = ChatTokenizer.load(model_folder(template, tokens=["<code>", "</code>"]))
    ids = render(Example(messages=[{"role": "user", "content": "<code>x</code>"}]), tokenizer).ids.tolist()
    assert [number in tokenizer.control_ids for number in (ids[0], ids[-1])] == [True, True]
    assert sum(number in tokenizer.control_ids for number in ids) == 2


def test_pieces_never_cut_a_character(nano: ChatTokenizer) -> None:
    ids = nano.encode_text("a😀b")
    assert len(ids) > 3
    for cut in range(1, len(ids)):
        mask = np.arange(len(ids)) >= cut
        pieces = spans(Rendered(np.array(ids, dtype=np.int32), mask), nano)
        assert "".join(text for text, _ in pieces) == "a😀b"
        assert [flag for _, flag in pieces] == [False, True]
        assert all("\ufffd" not in text for text, _ in pieces)


def test_a_text_with_a_replacement_character_is_cut_where_it_should_be(nano: ChatTokenizer) -> None:
    ids = [*nano.encode_text("\ufffd"), *nano.encode("<|im_end|>")]
    rendered = Rendered(np.array(ids, dtype=np.int32), np.arange(len(ids)) == len(ids) - 1)
    assert spans(rendered, nano) == [("\ufffd", False), ("<|im_end|>", True)]
    assert spans(Rendered(np.array([], dtype=np.int32), np.array([], dtype=np.bool_)), nano) == []
