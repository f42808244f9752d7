"""Predict the peak memory of training in MLX from a model's sizes alone; checked by `benchmarks/fit.py`.

Sums of the arrays that wait for the backward pass, read off the graph that is built, and of those that exist at its
peak, whose multiples are fitted to measurements. Metal and the x86 build differ in activation functions
(`vibecoder_mlx.cpu.functions`).
"""

from __future__ import annotations

import platform

from vibecoder.memory_model.dimensions import layer_weights, lora_parameters, small_weights, table_weights
from vibecoder.memory_model.logits import chunk_rows
from vibecoder.types import MemorySetup, Workload

__all__ = ["standing", "working"]

_BITS = {"4bit": 4, "8bit": 8}
_GROUP = 64
_COPIES = 6
"""Of the adapter in float32: itself, both moments, the step's gradients, a micro-batch's, and what an update makes."""
_CHECKPOINT = 2.6
"""Hidden states that a recomputed block keeps."""


def standing(setup: MemorySetup) -> dict[str, int]:
    """Predict the bytes held throughout: the base, a scale and a bias per 64 quantized weights, the adapter."""
    d, b = setup.dimensions, _bytes(setup)
    bits = _BITS.get(setup.model.quantization)
    each = bits / 8 + 2 * b / _GROUP if bits else b
    return {
        "weights": int((layer_weights(d) + table_weights(d)) * each) + small_weights(d) * b,
        "adapter and optimizer": 4 * _COPIES * lora_parameters(d, setup.lora),
    }


def working(setup: MemorySetup, work: Workload) -> dict[str, int]:
    """Predict a micro-batch in bytes: activations, and the larger of what loss and one block's backward pass add."""
    d, b = setup.dimensions, _bytes(setup)
    tokens = work.rows * work.width
    block = _kept(setup, work)
    if setup.model.checkpointing:
        kept = int(_CHECKPOINT * b * d.hidden * (tokens + _kept_prefix(work))) * d.layers
        passing = _recomputed(setup, work)
    else:
        blocks = d.layers if work.targets else d.layers - 1  # a prefix ends with the keys and values of the last one
        kept, passing = block * blocks, _passing(setup, work)
    rows = min(work.targets, chunk_rows(d.vocabulary, _x86(setup)))
    logits = int(_head_copies(setup) * 4 * rows * d.vocabulary)
    return {"activations": kept + passing, "logits": max(0, logits - passing)}


def _kept(setup: MemorySetup, work: Workload) -> int:
    """Count the bytes one block keeps: inputs, norms, queries, keys, values, probabilities, the feed-forward.

    The adapter's products are in float32, so what they start from is kept once more in a half-precision model.
    """
    d, b = setup.dimensions, _bytes(setup)
    h, q, k, f = d.hidden, d.queries, d.keys, d.ff * d.experts_used
    rank = setup.lora.rank * len(setup.lora.targets)
    if b == 4:
        token = 4 * (4 * h + 2 * q + 2 * k + (3 if _x86(setup) else 5) * f + rank)
    else:
        token = b * (2 * h + 2 * q + 2 * k + 4 * f) + 4 * (5 * h + q + f + rank)
    if setup.lora.dropout:
        token += int(1.15 * 4 * (5 * h + q + f))
    tokens, seen = work.rows * work.width, work.prefix + work.width
    probabilities = b * d.heads * (tokens * seen + _kept_prefix(work) ** 2)
    joined = 2 * b * k * work.rows * seen if work.prefix else 0
    states = 4 * b * k * work.prefix if work.apart else 0  # keys, values and their gradients so far
    return token * (tokens + _kept_prefix(work)) + probabilities + joined + states


def _kept_prefix(work: Workload) -> int:
    """Count the prefix's tokens whose activations wait for the backward pass of this micro-batch."""
    return 0 if work.apart else work.prefix


def _passing(setup: MemorySetup, work: Workload) -> int:
    """Count the bytes a block's backward pass adds meanwhile."""
    d, scores = setup.dimensions, _scores(setup, work)
    tokens, f = max(work.rows * work.width, _kept_prefix(work)), d.ff * d.experts_used
    if _bytes(setup) == 2:
        return int(tokens * (18.7 * f + 43 * d.hidden))
    if _x86(setup):
        return max(int(tokens * 4 * (10.3 * f + 8 * d.hidden)), int(4 * 7.7 * scores))
    return int(4 * (tokens * (5.4 * f + 11.5 * d.hidden) + 2.6 * scores))


def _recomputed(setup: MemorySetup, work: Workload) -> int:
    """Count the bytes of a forward pass repeated inside the backward pass: feed-forward or attention."""
    d = setup.dimensions
    tokens, h, f = work.rows * work.width, d.hidden, d.ff * d.experts_used
    scores = d.heads * tokens * (work.prefix + work.width)
    if _bytes(setup) == 2:
        return int(tokens * (60 * f + 80 * h) + _kept_prefix(work) * (88 * h + 6 * f))
    if _x86(setup):
        feed, look, shared = 16.1 * f + 29.8 * h, (3.4 * f + 14.7 * h) * tokens + 10.1 * scores, 23.4 * h
    else:
        feed, look, shared = 14.5 * f + 22.8 * h, (11.8 * f + 18 * h) * tokens + 2.6 * scores, 44 * h + 3 * f
    return int(4 * (max(feed * tokens, look) + shared * _kept_prefix(work)))


def _scores(setup: MemorySetup, work: Workload) -> int:
    """Count the attention scores of the largest pass through one block."""
    own = work.rows * work.width * (work.prefix + work.width)
    return setup.dimensions.heads * max(own, _kept_prefix(work) ** 2)


def _head_copies(setup: MemorySetup) -> float:
    """Return how many float32 logits exist at once for each that is needed."""
    if _x86(setup):
        return 10.3 if setup.model.checkpointing else 14.0
    return 5.2 if _bytes(setup) == 2 else 4.26


def _x86(setup: MemorySetup) -> bool:
    return setup.device == "cpu" and platform.machine() in ("x86_64", "AMD64")


def _bytes(setup: MemorySetup) -> int:
    precision = setup.model.precision
    if precision == "auto":
        return 2 if setup.device == "apple" else 4
    return 4 if precision == "float32" else 2
