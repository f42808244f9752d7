"""Predict the peak memory of training in torch from a model's sizes alone; checked by `benchmarks/fit.py`.

Sums of the tensors that autograd keeps, read off the modules of transformers, peft and TRL, and of those that exist at
the peak of a backward pass, fitted to measurements on the CPU.
"""

from __future__ import annotations

from vibecoder.memory_model.dimensions import layer_weights, lora_parameters, small_weights, table_weights
from vibecoder.memory_model.logits import chunk_rows
from vibecoder.training.prefixes import WIDTH_STEP
from vibecoder.types import MemorySetup, Workload

__all__ = ["standing", "working"]

_STATES = {"adamw": 8, "adamw-8bit": 2, "paged-adamw-8bit": 2}
_NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes a number: 4 bits, a quantized scale for 64 of them and a float32 one for 256 scales."""


def standing(setup: MemorySetup) -> dict[str, int]:
    """Predict the bytes held throughout: the base with its embedding unquantized, the adapter, gradients, moments."""
    d, b = setup.dimensions, _bytes(setup)
    each = {"4bit": _NF4, "8bit": 1.0}.get(setup.model.quantization, float(b))
    parameters = lora_parameters(d, setup.lora)
    return {
        "weights": int(layer_weights(d) * each) + (table_weights(d) + small_weights(d)) * b,
        "adapter and optimizer": parameters * (4 + 4 + _STATES.get(setup.optimizer, 8)),
    }


def working(setup: MemorySetup, work: Workload) -> dict[str, int]:
    """Predict a micro-batch in bytes: activations, and the larger of what loss and one block's backward pass add."""
    d, b = setup.dimensions, _bytes(setup)
    tokens = _tokens(work)
    block = _kept(setup, work, tokens)
    if setup.model.checkpointing:
        kept, passing = b * d.hidden * tokens * d.layers + _mask(work, b), block + _passing(setup, tokens)
    else:
        kept, passing = block * d.layers, _passing(setup, tokens)
    return {"activations": kept + passing, "logits": max(0, _head(setup, work) - passing)}


def _tokens(work: Workload) -> int:
    """Count the tokens computed; a group is one row, padded to whole steps of width."""
    if not work.prefix:
        return work.rows * work.width
    return -(-(work.prefix + work.rows * work.width) // WIDTH_STEP) * WIDTH_STEP


def _mask(work: Workload, each: int) -> int:
    """Count the bytes of a group's 4-D mask as SDPA keeps it."""
    return each * _tokens(work) ** 2 if work.prefix else 0


def _kept(setup: MemorySetup, work: Workload, tokens: int) -> int:
    """Count the bytes one block keeps: norms' inputs in float32, queries, keys, values, the feed-forward.

    In half precision peft turns the input of every adapted layer into float32 and autocast back into a copy.
    """
    d, b = setup.dimensions, _bytes(setup)
    h, q, k, f = d.hidden, d.queries, d.keys, d.ff * d.experts_used
    rank = setup.lora.rank * len(setup.lora.targets)
    if b == 4:
        token = 4 * (4 * h + 2 * q + 2 * k + 4 * f + rank)
    else:
        token = 8 * h + 2 * (5 * h + q + f) + 2 * (2 * q + 2 * k + 3 * f + rank)
    if setup.lora.dropout:
        token += 5 * (5 * h + q + f)
    if work.prefix:
        token += 2 * q * b
    return token * tokens + _mask(work, b)


def _passing(setup: MemorySetup, tokens: int) -> int:
    """Count the bytes a block's backward pass adds meanwhile, a dequantized weight and its transpose included.

    Gradients of the feed-forward, two at a time; in half precision peft's casts make float32 ones of them, too.
    """
    d, b = setup.dimensions, _bytes(setup)
    weight = d.hidden * d.ff * b if setup.model.quantization != "none" else 0
    each = 2 * d.ff * d.experts_used + d.hidden // 2
    return tokens * (4 if b == 4 else 6) * each + 2 * weight


def _head(setup: MemorySetup, work: Workload) -> int:
    """Count the bytes of the loss: a chunk of logits, two copies more in half precision, states and their slopes."""
    d, b = setup.dimensions, _bytes(setup)
    rows = min(work.targets, chunk_rows(d.vocabulary, setup.device != "nvidia"))
    return rows * d.vocabulary * (4 if b == 4 else 8) + work.targets * d.hidden * (b + 4)


def _bytes(setup: MemorySetup) -> int:
    precision = setup.model.precision
    if precision == "auto":
        return 2 if setup.device == "nvidia" else 4
    return 4 if precision == "float32" else 2
