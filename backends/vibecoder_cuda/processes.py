"""The processes of one job: which device each has, sums over them, and one answer for all."""

from __future__ import annotations

import os
from typing import Any

import torch
import torch.distributed as dist

__all__ = ["agreed", "device", "gather", "join", "rank_and_world", "total"]


def device() -> torch.device:
    """This process's GPU, or the CPU where there is none (`ACCELERATE_USE_CPU` asks for it where there is)."""
    if not torch.cuda.is_available() or os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes"):
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def join() -> None:
    """Meet the other processes that `accelerate launch` or `torchrun` started; nothing for a single one."""
    where = device()
    if where.type == "cuda":
        torch.cuda.set_device(where)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo")


def rank_and_world() -> tuple[int, int]:
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def total(value: torch.Tensor) -> torch.Tensor:
    """The sum of `value` over the processes, the same on each."""
    if dist.is_initialized():
        value = value.clone()
        dist.all_reduce(value)
    return value


def gather(value: Any) -> list[Any]:
    """Every process's `value`, by rank."""
    if not dist.is_initialized():
        return [value]
    values: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


def agreed(reason: str | None) -> str | None:
    """Stop everywhere when any process was asked to; the reason of the lowest rank counts."""
    return next((given for given in gather(reason) if given), None)
