"""The processes of one job: sums over them, one decision for all."""

from __future__ import annotations

import mlx.core as mx

__all__ = ["agreed", "join", "total"]


def join() -> mx.distributed.Group:
    """Join the other processes that `mlx.launch` or MPI started; a single one is a group of its own."""
    return mx.distributed.init()


def total(value: mx.array, group: mx.distributed.Group) -> mx.array:
    """Sum `value` over the processes, the same on each."""
    return mx.distributed.all_sum(value, group=group) if group.size() > 1 else value


def agreed(reason: str | None, group: mx.distributed.Group) -> str | None:
    """Return a reason to stop on every process if any has one; None if none has."""
    if group.size() == 1:
        return reason
    asked = float(mx.distributed.all_sum(mx.array(1.0 if reason else 0.0), group=group))
    return (reason or "another process was stopped") if asked else None
