"""How much memory torch has used at most."""

from __future__ import annotations

import gc
import resource
import sys

import torch

__all__ = ["peak_memory", "release", "reset_peak"]


def peak_memory(device: torch.device) -> int:
    """Bytes: torch's own count on a GPU, the process's largest resident size on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def release(device: torch.device) -> None:
    """Give the memory of finished work back; a trainer and its callback refer to each other until collected."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
