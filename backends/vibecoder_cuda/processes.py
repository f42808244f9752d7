"""The processes of one job: the device of each, sums over them, one decision for all."""

from __future__ import annotations

import os
from typing import Any

import torch
import torch.distributed as dist

__all__ = ["agreed", "device", "gather", "join", "rank_and_world", "total"]


def device() -> torch.device:
    """Return this process's GPU, or the CPU where there is none or `ACCELERATE_USE_CPU` asks for it."""
    if not torch.cuda.is_available() or os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes"):
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def join() -> None:
    """Join the other processes that `accelerate launch` or `torchrun` started; a single one does nothing."""
    where = device()
    if where.type == "cuda":
        torch.cuda.set_device(where)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo")


def rank_and_world() -> tuple[int, int]:
    """Return this process's rank and the number of processes."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def total(value: torch.Tensor) -> torch.Tensor:
    """Sum `value` over the processes, the same on each."""
    if dist.is_initialized():
        value = value.clone()
        dist.all_reduce(value)
    return value


def gather(value: Any) -> list[Any]:
    """Collect every process's `value`, by rank."""
    if not dist.is_initialized():
        return [value]
    values: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


def agreed(reason: str | None) -> str | None:
    """Return the reason to stop of the lowest rank that has one, the same on each process; None if none has."""
    return next((given for given in gather(reason) if given), None)
