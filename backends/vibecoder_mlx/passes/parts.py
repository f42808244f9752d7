"""Split a model into body and LM head, and find out whether it can share prefixes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn

from vibecoder_mlx.passes.prefix import can_share

__all__ = ["Parts", "split"]


@dataclass(frozen=True, slots=True)
class Parts:
    """`body`: ids [B, T] -> hidden [B, T, D]; `head`: hidden [N, D] -> logits [N, V].

    Where a model can't be split, `body` is all of it and `head` the identity. `shares` tells whether prefixes can be
    computed once.
    """

    body: Callable[..., mx.array]
    head: Callable[[mx.array], mx.array]
    layers: int
    shares: bool


def split(model: nn.Module) -> Parts:
    """Split an mlx-lm model into its parts.

    Architectures that scale or cap their logits fail the probe and keep the whole forward pass.
    """
    body, head = _halves(model) or (model, lambda logits: logits)
    return Parts(body, head, len(getattr(model, "layers", ())), can_share(model, body))


def _halves(model: nn.Module) -> tuple[Callable[..., mx.array], Callable[[mx.array], mx.array]] | None:
    body = getattr(model, "model", None)
    embedding = getattr(body, "embed_tokens", None)
    head = getattr(model, "lm_head", None) or getattr(embedding, "as_linear", None)
    if body is None or head is None:
        return None
    probe = mx.arange(8)[None]
    try:
        parts, whole = head(body(probe)), model(probe)
    except Exception:
        return None
    same = parts.shape == whole.shape and bool(mx.allclose(parts, whole, rtol=1e-3, atol=1e-3))
    return (body, head) if same else None
