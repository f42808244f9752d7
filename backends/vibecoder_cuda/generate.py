"""Greedy replies to many prompts at once, in batches as large as memory allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from transformers import GenerationConfig, PreTrainedModel

from vibecoder.memory_model.dimensions import dimensions_of
from vibecoder.system.machine import detect
from vibecoder.types import PrefixGroup, Rendered
from vibecoder_cuda.model.load import autocast
from vibecoder_cuda.passes.decode import prompt_groups, replies_of
from vibecoder_cuda.passes.loss import is_plain
from vibecoder_cuda.passes.together import can_be_together
from vibecoder_cuda.processes import gather, rank_and_world

__all__ = ["greedy"]

_ROWS = 16
_TOKENS = 32_768
_MOST_ROWS = 256
_READ_AT_ONCE = 4096
_SHARE = 0.25
"""Of the free memory, for keys and values; adding a token to them holds those of a layer twice."""


def greedy(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int, stop: Sequence[int]
) -> list[list[int]]:
    """Generate continuations of token-id `prompts`, in their order, without the prompt and without the stop token."""
    rank, world = rank_and_world()
    mine = sorted(range(rank, len(prompts), world), key=lambda i: len(prompts[i]))
    model.eval()
    found: dict[int, list[int]] = {}
    shares = can_be_together(model) and is_plain(model) and max_new_tokens > 0 and all(map(len, prompts))
    for part in gather((_shared if shares else _padded)(model, mine, prompts, max_new_tokens, stop)):
        found |= part
    return [found[i] for i in range(len(prompts))]


def _shared(
    model: PreTrainedModel, mine: Sequence[int], prompts: Sequence[Sequence[int]], new: int, stop: Sequence[int]
) -> dict[int, list[int]]:
    """Read what prompts begin with once, and generate in batches of as many groups as memory holds."""
    rows, groups = prompt_groups([prompts[i] for i in mine], _READ_AT_ONCE)
    found: dict[int, list[int]] = {}
    with torch.inference_mode(), autocast(model):
        for batch in _batches_of_groups(rows, groups, new, _room(model)):
            found |= replies_of(model, rows, batch, new, stop, _READ_AT_ONCE)
    return {mine[at]: _until(reply, stop) for at, reply in found.items()}


def _batches_of_groups(
    rows: Sequence[Rendered], groups: Sequence[PrefixGroup], new: int, room: int
) -> Iterator[list[PrefixGroup]]:
    batch: list[PrefixGroup] = []
    count = longest = 0
    for group in groups:
        wider = max(longest, *(len(rows[i]) for i in group.rows))
        more = count + len(group.rows)
        if batch and (more > _MOST_ROWS or more * (wider + new) > room):
            yield batch
            batch, more, wider = [], len(group.rows), max(len(rows[i]) for i in group.rows)
        batch.append(group)
        count, longest = more, wider
    if batch:
        yield batch


def _room(model: PreTrainedModel) -> int:
    """Count the tokens whose keys and values fit into a part of the free memory, 32,768 at least."""
    shape = dimensions_of(model.config.to_dict())
    token = 2 * shape.layers * shape.keys * model.dtype.itemsize
    where = model.device
    free = torch.cuda.mem_get_info(where)[0] if where.type == "cuda" else detect().memory // 4
    return max(_TOKENS, int(free * _SHARE / token))


def _padded(
    model: PreTrainedModel, mine: Sequence[int], prompts: Sequence[Sequence[int]], new: int, stop: Sequence[int]
) -> dict[int, list[int]]:
    """Let transformers generate in batches by length, padded on the left."""
    replies: dict[int, list[int]] = {}
    for batch in _batches(mine, prompts, new):
        texts = _reply(model, [prompts[i] for i in batch], new, stop)
        replies.update(zip(batch, texts, strict=True))
    return replies


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
