"""The LM head apart from the body, so that only supervised positions pay for the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn

__all__ = ["Parts", "split"]


@dataclass(frozen=True, slots=True)
class Parts:
    """`body`: ids [B, T] -> hidden [B, T, D]; `head`: hidden [N, D] -> logits [N, V]."""

    body: Callable[[mx.array], mx.array]
    head: Callable[[mx.array], mx.array]


def split(model: nn.Module) -> Parts | None:
    """The two parts of an mlx-lm model, or None where head(body(ids)) is not what the model itself computes.

    Architectures that scale or cap their logits fail the probe and keep the whole forward pass.
    """
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
    return Parts(body, head) if same else None
