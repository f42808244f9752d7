"""Greedy replies to many prompts at once, batched by length and padded on the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from transformers import GenerationConfig, PreTrainedModel

from vibecoder_cuda.model.load import autocast
from vibecoder_cuda.processes import gather, rank_and_world

__all__ = ["greedy"]

_ROWS = 16
_TOKENS = 32_768


def greedy(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int, stop: Sequence[int]
) -> list[list[int]]:
    """Generate continuations of token-id `prompts`, in their order, without the prompt and without the stop token."""
    rank, world = rank_and_world()
    mine = sorted(range(rank, len(prompts), world), key=lambda i: len(prompts[i]))
    replies: dict[int, list[int]] = {}
    model.eval()
    for batch in _batches(mine, prompts, max_new_tokens):
        texts = _reply(model, [prompts[i] for i in batch], max_new_tokens, stop)
        replies.update(zip(batch, texts, strict=True))
    found = {i: reply for part in gather(replies) for i, reply in part.items()}
    return [found[i] for i in range(len(prompts))]


def _batches(order: Sequence[int], prompts: Sequence[Sequence[int]], new: int) -> Iterator[list[int]]:
    """Cut `order`, ascending by length, into batches whose keys and values fit in memory."""
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) == _ROWS or (len(batch) + 1) * (len(prompts[i]) + new) > _TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _reply(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int, stop: Sequence[int]
) -> list[list[int]]:
    width = max(len(prompt) for prompt in prompts)
    padding = stop[0] if stop else 0
    ids = torch.tensor([[padding] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    ends = list(stop) or [model.config.vocab_size]  # without any, `generate` would stop at the model's own
    config = GenerationConfig(max_new_tokens=max_new_tokens, do_sample=False, eos_token_id=ends, pad_token_id=padding)
    with torch.inference_mode(), autocast(model):
        out = model.generate(ids.to(model.device), attention_mask=mask.to(model.device), generation_config=config)
    return [_until(row, stop) for row in out[:, width:].tolist()]


def _until(ids: list[int], stop: Sequence[int]) -> list[int]:
    end = next((at for at, token in enumerate(ids) if token in stop), len(ids))
    return ids[:end]
