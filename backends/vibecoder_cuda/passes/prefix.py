"""Lay a prefix group out as one row for an unmodified transformers model: prefix, suffixes, a 4-D mask.

Positions start again after the prefix in each suffix, and the mask lets a suffix see the prefix and itself, so each
token is computed as it would be in a row of its own (the layout of DPO prefix sharing, 2410.20305).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vibecoder.training.prefixes import WIDTH_STEP
from vibecoder.types import Batch

__all__ = ["Row", "laid_out", "may_look", "model_inputs"]


def model_inputs(batch: Batch) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Build the model's inputs, and the loss mask [B, T] bool of its `input_ids` [B, T] int64.

    Rows that share nothing stay a padded batch without an attention mask: padding stands on the right, where a causal
    model never looks back from, and SDPA takes its fast causal path. Groups become one row, B = 1, with a boolean
    `attention_mask` [1, 1, T, T], True where a token (row) may look (column).
    """
    if not len(batch.prefix):
        ids = torch.from_numpy(batch.ids).long()
        positions = torch.arange(ids.shape[1]).expand_as(ids).contiguous()
        loss_mask = torch.from_numpy(batch.loss_mask.copy())
        loss_mask[:, 0] = False
        return {"input_ids": ids, "position_ids": positions}, loss_mask
    row = laid_out(batch)
    used = len(row.ids)
    width = -(-used // WIDTH_STEP) * WIDTH_STEP
    ids, positions = np.zeros(width, np.int64), np.zeros(width, np.int64)
    targets, owner = np.zeros(width, np.bool_), np.full(width, -1, np.int32)
    ids[:used], positions[:used], targets[:used], owner[:used] = row.ids, row.positions, row.targets, row.owner
    inputs = {"input_ids": ids, "position_ids": positions}
    tensors = {name: torch.from_numpy(array)[None] for name, array in inputs.items()}
    return {**tensors, "attention_mask": may_look(torch.from_numpy(owner))}, torch.from_numpy(targets)[None]


@dataclass(frozen=True, slots=True)
class Row:
    """A group as one row without padding, [T] each: ids, positions, which tokens are targets, and whose each is.

    `owner` is 0 in the prefix and counts the suffixes from 1.
    """

    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    targets: NDArray[np.bool_]
    owner: NDArray[np.int32]


def laid_out(batch: Batch) -> Row:
    """Lay a group out as its prefix and then its suffixes, whose first tokens are no targets."""
    shared, lengths = len(batch.prefix), batch.lengths.tolist()
    used = shared + sum(lengths)
    ids, positions = np.zeros(used, np.int64), np.zeros(used, np.int64)
    targets, owner = np.zeros(used, np.bool_), np.zeros(used, np.int32)
    ids[:shared], positions[:shared] = batch.prefix, np.arange(shared)
    at = shared
    for number, length in enumerate(lengths, 1):
        here = slice(at, at + length)
        ids[here], positions[here], owner[here] = batch.ids[number - 1, :length], shared + np.arange(length), number
        targets[at + 1 : at + length] = batch.loss_mask[number - 1, 1:length]
        at += length
    return Row(ids, positions, targets, owner)


def may_look(owner: torch.Tensor) -> torch.Tensor:
    """Build the mask of a row: [1, 1, T, T] bool, True where a token (row) may look (column), on the owners' device."""
    seen = (owner[:, None] == owner[None]) | (owner[None] == 0)  # padding (-1) sees padding: no row is empty
    return seen.tril()[None, None]
