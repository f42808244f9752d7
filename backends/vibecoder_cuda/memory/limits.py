"""Measure torch's peak memory, and recognise its ways of saying that memory ran out."""

from __future__ import annotations

import gc
import resource
import sys
from functools import cache

import torch

from vibecoder_cuda.processes import device

__all__ = ["out_of_memory", "pass_over_imports", "peak_memory", "release", "reset_peak"]

_SAYINGS = {
    "CUBLAS_STATUS_ALLOC_FAILED": "the GPU's memory ran out",
    "CUDNN_STATUS_ALLOC_FAILED": "the GPU's memory ran out",
    "can't allocate memory": "memory ran out",
    "not enough memory": "memory ran out",
}
"""Pieces of RuntimeErrors that are no `torch.OutOfMemoryError`: libraries' own, and the CPU allocator's."""


def peak_memory() -> int:
    """Return the peak in bytes: torch's own count on a GPU, the process's largest resident size on a CPU."""
    where = device()
    if where.type == "cuda":
        return int(torch.cuda.max_memory_allocated(where))
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def reset_peak() -> None:
    """Count the peak from here on, where torch counts it."""
    where = device()
    if where.type == "cuda":
        torch.cuda.reset_peak_memory_stats(where)


def out_of_memory(error: BaseException) -> str | None:
    """Say in a few words what happened if `error` is torch's way of saying that memory ran out."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory ran out"
    if not isinstance(error, RuntimeError):
        return None
    return next((meaning for saying, meaning in _SAYINGS.items() if saying in str(error)), None)


def release() -> None:
    """Free the memory of finished work; a trainer and its callback refer to each other until collected."""
    gc.collect()
    if device().type == "cuda":
        torch.cuda.empty_cache()


@cache
def pass_over_imports() -> None:
    """Exempt what the libraries' imports made from garbage collection, which took 0.6 s at each `release`."""
    gc.collect()
    gc.freeze()
