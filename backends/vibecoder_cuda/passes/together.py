"""Several groups of a step in one forward pass: every layer runs once over all of them, attention once for each.

A GPU is idle while a small model's many kernels are launched one by one, so fewer passes over more tokens are faster,
and the tokens are the same: no padding between groups, and no group looks at another. Only attention knows where one
ends; the rest of a Transformer treats each token alone. Exact: the same numbers in the same places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from vibecoder.types import Batch
from vibecoder_cuda.passes.prefix import Row, laid_out, may_look

__all__ = ["attends_apart", "can_be_together", "inputs_together", "segments_of"]

_NAME = "vibecoder_groups"
_FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
"""Model types of which attention alone looks at other tokens, through transformers' interface."""
_ALIGNED = 8  # Kernels for tensor cores want lengths that are multiples of it.

Segments = tuple[tuple[int, ...], tuple[torch.Tensor | None, ...]]
"""Lengths of the parts of a row, and the mask of each; None is causal."""


def can_be_together(model: PreTrainedModel) -> bool:
    """Tell whether groups can share a pass of `model`: full attention in every layer, and nothing else that mixes."""
    config = model.config
    windows = "sliding_attention" in (getattr(config, "layer_types", None) or ())
    windows |= config.model_type == "mistral" and getattr(config, "sliding_window", None) is not None
    return config.model_type in _FAMILIES and not windows and config._attn_implementation in ("sdpa", _NAME)


def inputs_together(batches: Sequence[Batch]) -> tuple[dict[str, Any], torch.Tensor]:
    """Lay groups out one after the other: the model's inputs with `owner` and `lengths`, and the loss mask [1, T] bool.

    `owner` [T] int32 says in each part which suffix a token belongs to, `lengths` how long the parts are, negative for
    a part in which nothing is shared: a row of its own, causal.
    """
    parts: list[Row] = []
    lengths: list[int] = []
    for batch in batches:
        alone = not len(batch.prefix)
        for one in _rows(batch) if alone else [batch]:
            row = _aligned(laid_out(one))
            parts.append(row)
            lengths.append(-len(row.ids) if alone else len(row.ids))
    fields = {"input_ids": "ids", "position_ids": "positions", "owner": "owner"}
    arrays = {name: np.concatenate([getattr(part, field) for part in parts]) for name, field in fields.items()}
    tensors: dict[str, Any] = {name: torch.from_numpy(array)[None] for name, array in arrays.items()}
    targets = np.concatenate([part.targets for part in parts])
    return {**tensors, "lengths": tuple(lengths)}, torch.from_numpy(targets)[None]


def _rows(batch: Batch) -> Iterator[Batch]:
    for i in range(len(batch.ids)):
        yield Batch(batch.ids[i : i + 1], batch.loss_mask[i : i + 1], batch.lengths[i : i + 1])


def _aligned(row: Row) -> Row:
    more = max(-len(row.ids) % _ALIGNED, 0 if len(row.ids) else _ALIGNED)
    return Row(
        np.pad(row.ids, (0, more)),
        np.pad(row.positions, (0, more)),
        np.pad(row.targets, (0, more)),
        np.pad(row.owner, (0, more), constant_values=-1),
    )


def segments_of(owner: torch.Tensor, lengths: Sequence[int]) -> Segments:
    """Build the masks of a row's parts on its device, once for all layers."""
    sizes = tuple(abs(length) for length in lengths)
    parts = zip(owner[0].split(sizes), lengths, strict=True)
    return sizes, tuple(may_look(part) if length > 0 else None for part, length in parts)


@contextmanager
def attends_apart(model: PreTrainedModel) -> Iterator[None]:
    """Let the attention of `model` stay inside the parts of a row that says where they are, in the `with` block."""
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    theirs = model.config._attn_implementation
    model.config._attn_implementation = _NAME
    try:
        yield
    finally:
        model.config._attn_implementation = theirs


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    segments: Segments | None = None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    if segments is None:
        answer: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **options
        )
        return answer
    sizes, masks = segments
    shared = module.num_key_value_groups
    parts = zip(
        query.split(sizes, 2), repeat_kv(key, shared).split(sizes, 2), repeat_kv(value, shared).split(sizes, 2), masks,
        strict=True,
    )  # fmt: skip
    found = [
        scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None, scale=scaling).transpose(1, 2)
        for q, k, v, mask in parts
    ]
    return torch.cat(found, 1), None
