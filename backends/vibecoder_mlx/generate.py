"""Greedy replies to many prompts at once, by mlx-lm's continuous batching."""

from __future__ import annotations

from collections.abc import Sequence

import mlx.nn as nn
from mlx_lm.generate import BatchGenerator

__all__ = ["greedy"]


def greedy(
    model: nn.Module, prompts: Sequence[Sequence[int]], max_new_tokens: int, stop: Sequence[int]
) -> list[list[int]]:
    """Generate continuations of token-id `prompts`, in their order, without the prompt and without the stop token."""
    if not prompts:
        return []
    model.eval()
    generator = BatchGenerator(model, max_tokens=max_new_tokens, stop_tokens=[[token] for token in stop])
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    uids = dict(zip(generator.insert([[int(token) for token in prompts[i]] for i in order]), order, strict=True))
    replies: list[list[int]] = [[] for _ in prompts]
    stops = set(stop)
    try:
        while responses := generator.next_generated():
            for response in responses:
                if response.token not in stops:
                    replies[uids[response.uid]].append(int(response.token))
    finally:
        generator.close()
    return replies
