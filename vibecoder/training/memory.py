"""Handle memory that runs out: save the steps that are done, compute a loss in halves.

`ran_out` says in a few words what happened if an error is a library's way of saying that memory ran out, else None;
`release` gives the memory of finished work back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from vibecoder.errors import OutOfMemory
from vibecoder.training.packing import halves
from vibecoder.types import Batch

__all__ = ["in_halves", "saving_when_memory_runs_out"]

RanOut: TypeAlias = Callable[[BaseException], str | None]
Release: TypeAlias = Callable[[], object]
Total = TypeVar("Total")


@contextmanager
def saving_when_memory_runs_out(
    ran_out: RanOut, release: Release, save: Callable[[], tuple[int, Path | None]]
) -> Iterator[None]:
    """Raise the host's error in place of a library's; `save` writes the last step that is done: its number, its folder.

    Raises:
        OutOfMemory: memory ran out inside the block.
    """
    try:
        yield
        return
    except RuntimeError as error:
        reason = ran_out(error)
        if reason is None:
            raise
        error.__traceback__ = None  # whose frames hold the arrays that were too many
    release()
    step, folder = save()
    raise OutOfMemory(reason, step, folder)


def in_halves(ran_out: RanOut, release: Release, summed: Callable[[Batch], Total], batch: Batch) -> Total:
    """Compute `summed(batch)`; of half of the rows at a time, and so on, where memory does not hold them all.

    Raises:
        RuntimeError: not even a single row fits, or another error of the library's.
    """
    try:
        return summed(batch)
    except RuntimeError as error:
        if len(batch.ids) < 2 or not ran_out(error):
            raise
    release()
    first, second = halves(batch)
    total: Any = in_halves(ran_out, release, summed, first)
    return total + in_halves(ran_out, release, summed, second)  # type: ignore[no-any-return]
