"""Whether replies belong to their prompts: each held-out reply is read after its own prompt and after another's.

Where replies were shuffled a model can only learn what replies look like, so its loss falls all the same; but no
reply is likelier after its own prompt than after another. That shows without any prompt of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vibecoder.evaluate.comparing.bootstrap import paired_interval
from vibecoder.training.packing import pack
from vibecoder.types import Backend, Batch, Rendered

__all__ = ["LabelFit", "label_fit"]

_ROWS, _ENOUGH, _REPLY = 48, 12, 96
_CONFIDENCE = 0.99
_UNLIKELY = -1e6
"""In place of a log-probability that is not finite."""


@dataclass(frozen=True, slots=True)
class LabelFit:
    """Nats a token that a reply gains by its own prompt: the mean over `rows`, and its 99% bootstrap interval."""

    rows: int
    mean: float
    low: float
    high: float

    @property
    def fits(self) -> bool:
        return self.low > 0


def label_fit(backend: Backend, rows: Sequence[Rendered], adapter: Path | None, seed: int = 0) -> LabelFit | None:
    """Measure on up to 48 of `rows` how much its own prompt helps a reply; None where fewer than 12 can serve.

    Of a row its first reply counts, at most 96 tokens of it. Partners are a cyclic shift of the rows in an order drawn
    by `seed`: every reply stands once after its own prompt and once after another, so how likely it is by itself
    cancels.
    """
    drawn = np.random.default_rng(seed).permutation(len(rows))
    parts = [found for at in drawn if (found := _first_reply(rows[int(at)])) is not None]
    # One row a reply: rows with equal replies could be each other's partners and would say nothing.
    parts = list({reply.tobytes(): (prompt, reply) for prompt, reply in parts}.values())[:_ROWS]
    if len(parts) < _ENOUGH:
        return None
    batches = [_batch(prompt, (reply, parts[at - 1][1])) for at, (prompt, reply) in enumerate(parts)]
    measured = backend.log_probabilities(batches, adapter)
    likely = np.nan_to_num(
        [values.sum(axis=1) / batch.loss_mask.sum(axis=1) for values, batch in zip(measured, batches, strict=True)],
        nan=_UNLIKELY,
        neginf=_UNLIKELY,
    )
    gains = likely[:, 0] - np.roll(likely[:, 1], -1)  # reply i stands second in the batch of prompt i + 1
    low, high = paired_interval(gains.tolist(), confidence=_CONFIDENCE, seed=seed)
    return LabelFit(len(parts), float(gains.mean()), low, high)


def _first_reply(row: Rendered) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    """Return the ids before the first reply and the reply's first ids; None where a row lacks either."""
    targets = np.flatnonzero(row.loss_mask)
    if not len(targets) or targets[0] == 0:
        return None
    begin = int(targets[0])
    rest = row.loss_mask[begin : begin + _REPLY]
    end = begin + (len(rest) if rest.all() else int(np.argmin(rest)))
    return row.ids[:begin], row.ids[begin:end]


def _batch(prompt: NDArray[np.int32], replies: Sequence[NDArray[np.int32]]) -> Batch:
    """Pack `replies` after one `prompt` into a batch, the prompt computed once."""
    rows = [
        Rendered(np.concatenate([prompt, reply]), np.arange(len(prompt) + len(reply)) >= len(prompt))
        for reply in replies
    ]
    return pack(rows, len(prompt) - 1)
