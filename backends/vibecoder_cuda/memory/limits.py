"""How much memory torch has used at most, and what it says when there is no more."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vibecoder.errors import OutOfMemory

__all__ = ["out_of_memory", "peak_memory", "release", "reset_peak", "saving_when_memory_runs_out"]

_SAYINGS = {
    "CUBLAS_STATUS_ALLOC_FAILED": "the GPU's memory ran out",
    "CUDNN_STATUS_ALLOC_FAILED": "the GPU's memory ran out",
    "can't allocate memory": "memory ran out",
    "not enough memory": "memory ran out",
}
"""Pieces of RuntimeErrors that are no `torch.OutOfMemoryError`: libraries' own, and the CPU allocator's."""


def peak_memory(device: torch.device) -> int:
    """Bytes: torch's own count on a GPU, the process's largest resident size on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def out_of_memory(error: BaseException) -> str | None:
    """What happened, in a few words, if `error` is torch's way of saying that memory ran out."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory ran out"
    if not isinstance(error, RuntimeError):
        return None
    return next((meaning for saying, meaning in _SAYINGS.items() if saying in str(error)), None)


@contextmanager
def saving_when_memory_runs_out(save: Callable[[], tuple[int, Path | None]]) -> Iterator[None]:
    """Turn torch's error into the host's; `save` writes the last step that is done and says which and where.

    Raises:
        OutOfMemory: memory ran out inside the block.
    """
    try:
        yield
        return
    except RuntimeError as error:
        reason = out_of_memory(error)
        if reason is None:
            raise
        error.__traceback__ = None  # whose frames hold the tensors that were too many
    step, folder = save()
    raise OutOfMemory(reason, step, folder)


def release(device: torch.device) -> None:
    """Give the memory of finished work back; a trainer and its callback refer to each other until collected."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
