"""Write a model's tokenizer and chat template into a GGUF file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
from gguf import TokenType

from vibecoder.errors import ModelError
from vibecoder.export.gguf.pre_tokenizers import find_pre_tokenizer
from vibecoder.rendering.vocabulary.files import read_files

__all__ = ["Vocabulary", "read_vocabulary", "write_vocabulary"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer in llama.cpp's form; `tokens` and `kinds` have an entry for each row of the embedding."""

    tokens: Sequence[str]
    kinds: Sequence[TokenType]
    merges: Sequence[str]
    pre: str
    special: Mapping[str, int]
    add_bos: bool
    templates: Mapping[str, str]


_SPECIAL = ("bos", "eos", "pad", "unk")


def read_vocabulary(folder: Path, rows: int) -> Vocabulary:
    """Read the tokenizer of a model whose embedding has `rows` rows.

    Raises:
        ModelError: llama.cpp has no tokenizer like it, or it has more tokens than the embedding.
    """
    files = read_files(folder)
    model = files.tokenizer["model"]
    pre = find_pre_tokenizer(files.tokenizer, folder.name)
    by_id: dict[int, tuple[str, TokenType]] = {id_: (text, TokenType.NORMAL) for text, id_ in model["vocab"].items()}
    for added in files.tokenizer.get("added_tokens") or ():
        # A user's token is found in every text; the text of a control token is only printed if it is asked for.
        kind = TokenType.CONTROL if added.get("special") else TokenType.USER_DEFINED
        by_id[int(added["id"])] = (added["content"], kind)
    if max(by_id) >= rows:
        raise ModelError(
            f"the model {folder.name} has {rows} rows of embeddings and its tokenizer the id {max(by_id)}; the files "
            "of two models are mixed: download it again"
        )
    entries = [by_id.get(row, (f"[PAD{row}]", TokenType.UNUSED)) for row in range(rows)]
    ids = {text: id_ for id_, (text, _) in by_id.items()}
    named = {name: files.special_tokens.get(f"{name}_token") for name in _SPECIAL}
    return Vocabulary(
        tokens=[text for text, _ in entries],
        kinds=[kind for _, kind in entries],
        merges=[merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]],
        pre=pre,
        special={name: ids[text] for name, text in named.items() if text in ids},
        add_bos=files.add_bos,
        templates=files.templates,
    )


def write_vocabulary(writer: gguf.GGUFWriter, found: Vocabulary) -> None:
    """Write the keys of a tokenizer.

    llama.cpp adds a token at the start of texts unless it is told not to, so that is always said.
    """
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(found.pre)
    writer.add_token_list(list(found.tokens))
    writer.add_token_types(list(found.kinds))
    writer.add_token_merges(list(found.merges))
    add: dict[str, Any] = {
        "bos": writer.add_bos_token_id,
        "eos": writer.add_eos_token_id,
        "pad": writer.add_pad_token_id,
        "unk": writer.add_unk_token_id,
    }
    for name, id_ in found.special.items():
        add[name](id_)
    writer.add_add_bos_token(found.add_bos)
    # By name, where a model has another template for conversations with tools; llama.cpp takes that one for them.
    writer.add_chat_template([{"name": name, "template": text} for name, text in found.templates.items()])
