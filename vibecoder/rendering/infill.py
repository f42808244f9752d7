"""Renders a span to fill in as raw fill-in-the-middle text, without a chat template."""

from __future__ import annotations

import numpy as np

from vibecoder.errors import DataError
from vibecoder.rendering.tokenizer import ChatTokenizer
from vibecoder.types import Infill, Rendered

__all__ = ["infill_prompt", "render_infill"]

# Before the prefix, before the suffix, before the middle; from the models' own documentation.
_FAMILIES = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),  # Qwen2.5-Coder, CodeGemma, Granite 4
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),  # StarCoder, Granite Code, SmolLM
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),  # SantaCoder
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),  # DeepSeek-Coder
    ("▁<PRE>", "▁<SUF>", "▁<MID>"),  # Code Llama
    ("<PRE>", "<SUF>", "<MID>"),
)
_REPOSITORY, _FILE = "<|repo_name|>", "<|file_sep|>"
_ENDS = ("<|endoftext|>", "<|file_separator|>", "▁<EOT>", "<EOT>", "<|end_of_text|>")


def render_infill(record: Infill, tokenizer: ChatTokenizer) -> Rendered:
    """Render `prefix-token P suffix-token S middle-token M end`, loss on M and end (Bavarian et al., 2207.14255).

    Files of the record's context stand before it in the form of the Qwen2.5-Coder report (2409.12186, section 3.2.2);
    for a model without the tokens of that form they are left out.

    Raises:
        DataError: the model has no fill-in-the-middle tokens.
    """
    names = tokenizer.shadow.names
    family = next((tokens for tokens in _FAMILIES if all(token in names for token in tokens)), None)
    end = next((token for token in (*_ENDS, tokenizer.special_tokens.get("eos_token", "")) if token in names), None)
    if family is None or end is None:
        raise DataError(f"the model {tokenizer.name} has no fill-in-the-middle tokens; leave infill records out")
    before, suffix, middle = (names[token] for token in family)
    bos = names.get(tokenizer.special_tokens.get("bos_token", ""), "") if tokenizer.add_bos else ""
    prefix_text, suffix_text, middle_text = map(tokenizer.checked, (record.prefix, record.suffix, record.middle))
    files = _files(record, tokenizer)
    context = f"{bos}{files}{before}{prefix_text}{suffix}{suffix_text}{middle}"
    encoding = tokenizer.encode_named(f"{context}{middle_text}{names[end]}")
    starts = np.fromiter((start for start, _ in encoding.offsets), dtype=np.int64, count=len(encoding.offsets))
    return Rendered(np.array(encoding.ids, dtype=np.int32), starts >= len(context), record.id, record.category)


def infill_prompt(prefix: str, suffix: str, tokenizer: ChatTokenizer) -> tuple[list[int], int]:
    """Encode what a model is prompted with to fill in a span, and return it with the token that ends the span.

    Raises:
        DataError: the model has no fill-in-the-middle tokens.
    """
    row = render_infill(Infill(prefix=prefix, middle="x", suffix=suffix), tokenizer)
    return [int(token) for token in row.ids[: int(np.argmax(row.loss_mask))]], int(row.ids[-1])


def _files(record: Infill, tokenizer: ChatTokenizer) -> str:
    """Write the repository's name, each file of the context under its path, and the path of the file to fill in."""
    names = tokenizer.shadow.names
    if not record.context or _REPOSITORY not in names or _FILE not in names:
        return ""
    shown = [(each["path"], f"{each['text']}\n") for each in record.context] + [(record.path, "")]
    parts = [f"{names[_REPOSITORY]}{tokenizer.checked(record.repository)}\n"]
    parts += [f"{names[_FILE]}{tokenizer.checked(path)}\n{tokenizer.checked(text)}" for path, text in shown]
    return "".join(parts)
