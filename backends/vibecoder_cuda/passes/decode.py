"""Greedy replies with shared beginnings: a prompt's keys and values are computed once for all prompts that begin so.

Prompts of one evaluation differ in their last tokens: the system turn and its tools are the same. They are read as
training reads rows (`passes/together.py`), their keys and values are put side by side, and every pass after that adds a
token to each reply. A finished reply leaves the batch.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import DynamicCache, PreTrainedModel

from vibecoder.training.packing import pack
from vibecoder.training.prefixes import GroupLimits, cut, walk
from vibecoder.types import PrefixGroup, Rendered
from vibecoder_cuda.passes.together import attends_apart, inputs_together, segments_of

__all__ = ["prompt_groups", "replies_of"]

_GROUP_ROWS = 16  # More would make the mask of a group large, which grows with the square of its tokens.
_LOOK = 8
"""On a GPU, tokens between looks at what was said, each of which waits for it; a CPU looks at every token."""


def prompt_groups(prompts: Sequence[Sequence[int]], tokens: int) -> tuple[list[Rendered], list[PrefixGroup]]:
    """Group prompts that begin alike, each group at most `tokens` to read; the last token of each stays its own."""
    rows = [Rendered(np.asarray(ids, np.int32), _last(len(ids))) for ids in prompts]
    return rows, cut(rows, *walk(rows, None, len(rows)), GroupLimits(tokens, _GROUP_ROWS, _GROUP_ROWS))


def _last(length: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.zeros(length, np.bool_)
    mask[-1:] = True
    return mask


@dataclass(slots=True)
class _Read:
    """Prompts that were read: `kept` are their numbers, `last` [N, D] their last hidden states."""

    kept: list[int]
    lengths: list[int]
    keys: list[torch.Tensor]
    values: list[torch.Tensor]
    last: torch.Tensor


def replies_of(
    model: PreTrainedModel,
    rows: Sequence[Rendered],
    groups: Sequence[PrefixGroup],
    most: int,
    stop: Sequence[int],
    at_once: int,
) -> dict[int, list[int]]:
    """Generate the replies to the prompts of `groups` as one batch, read `at_once` tokens at a time, by their numbers.

    A reply has up to `most` tokens and ends with the first of `stop`, if it came to one.
    """
    width = max(len(rows[i]) for group in groups for i in group.rows)
    with attends_apart(model):
        parts = [_read(model, rows, part, width) for part in _parts(rows, groups, at_once)]
    cache = DynamicCache(config=model.config)
    for layer in range(len(parts[0].keys)):
        keys = torch.cat([part.keys[layer] for part in parts])
        cache.update(keys, torch.cat([part.values[layer] for part in parts]), layer)
        for part in parts:
            part.keys[layer] = part.values[layer] = keys[:0]  # freed as they are joined
    lengths = torch.tensor([length for part in parts for length in part.lengths], device=model.device)
    alive = [number for part in parts for number in part.kept]
    mask = torch.arange(width, device=model.device)[None] >= width - lengths[:, None]
    return _continue(model, cache, torch.cat([part.last for part in parts]), mask, lengths, alive, most, set(stop))


def _continue(
    model: PreTrainedModel,
    cache: DynamicCache,
    last: torch.Tensor,
    mask: torch.Tensor,
    positions: torch.Tensor,
    alive: list[int],
    most: int,
    stop: set[int],
) -> dict[int, list[int]]:
    """Add tokens to all replies until each has ended; `alive` numbers the rows of the batch."""
    head, look = model.get_output_embeddings(), 1 if model.device.type == "cpu" else _LOOK
    name = "cache" if "cache" in inspect.signature(model.base_model.forward).parameters else "past_key_values"
    replies: dict[int, list[int]] = {number: [] for number in alive}
    said: list[torch.Tensor] = []
    one = mask.new_ones(len(alive), 1)
    for count in range(1, most + 1):
        tokens = head(last).argmax(-1)
        said.append(tokens)
        if count == most or len(said) == look:
            for number, new in zip(alive, torch.stack(said, 1).tolist(), strict=True):
                replies[number] += new
            said = []
            kept = [at for at, number in enumerate(alive) if not stop.intersection(replies[number][-look:])]
            if not kept:
                break
            if len(kept) < len(alive):
                chosen = torch.tensor(kept, device=tokens.device)
                alive = [alive[at] for at in kept]
                cache.batch_select_indices(chosen)
                tokens, mask, positions, one = tokens[chosen], mask[chosen], positions[chosen], one[chosen]
        if count < most:
            mask = torch.cat([mask, one], 1)
            inputs = {"input_ids": tokens[:, None], "position_ids": positions[:, None], name: cache}
            last = model.base_model(**inputs, attention_mask=mask, use_cache=True).last_hidden_state[:, -1]
            positions = positions + 1
    return replies


def _parts(rows: Sequence[Rendered], groups: Sequence[PrefixGroup], at_once: int) -> list[list[PrefixGroup]]:
    parts: list[list[PrefixGroup]] = []
    held = 0
    for group in groups:
        tokens = group.prefix + sum(len(rows[i]) - group.prefix for i in group.rows)
        if not parts or held + tokens > at_once:
            parts.append([])
            held = 0
        parts[-1].append(group)
        held += tokens
    return parts


def _read(model: PreTrainedModel, rows: Sequence[Rendered], groups: Sequence[PrefixGroup], width: int) -> _Read:
    """Read groups in one pass and lay each prompt's keys and values out, [N, heads, width, D], on the right."""
    batches = [pack([rows[i] for i in group.rows], group.prefix) for group in groups]
    inputs, _ = inputs_together(batches)
    lengths, owner = inputs.pop("lengths"), inputs.pop("owner").to(model.device)
    inputs = {name: tensor.to(model.device) for name, tensor in inputs.items()}
    mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=model.device)
    out = model.base_model(**inputs, attention_mask=mask, segments=segments_of(owner, lengths), use_cache=True)
    kept, where = _places(rows, groups, [abs(length) for length in lengths], width)
    index = torch.from_numpy(where).to(model.device)
    cache = out.cache if hasattr(out, "cache") else out.past_key_values
    layers = [(layer.keys[0], layer.values[0]) for layer in cache.layers]
    return _Read(
        kept,
        [len(rows[i]) for i in kept],
        [keys[:, index].transpose(0, 1) for keys, _ in layers],
        [values[:, index].transpose(0, 1) for _, values in layers],
        out.last_hidden_state[0, index[:, -1]],
    )


def _places(
    rows: Sequence[Rendered], groups: Sequence[PrefixGroup], sizes: Sequence[int], width: int
) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """Tell where in the row that was read each prompt's tokens stand: the prompts' numbers, and places [N, width]."""
    kept: list[int] = []
    found: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    part = start = 0
    for group in groups:
        at = start + group.prefix
        for i in group.rows:
            suffix = len(rows[i]) - group.prefix
            places = np.zeros(width, np.int64)
            places[width - len(rows[i]) :] = [*range(start, start + group.prefix), *range(at, at + suffix)]
            kept.append(i)
            found.append(places)
            at += suffix
            if not group.prefix:  # a row of its own is a part of its own
                start += sizes[part]
                at, part = start, part + 1
        if group.prefix:
            start += sizes[part]
            part += 1
    return kept, np.stack(found)
