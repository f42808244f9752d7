"""What runs out of memory is done in halves, or ends with the steps that are done saved; other errors pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.token_rows import row
from vibecoder.errors import OutOfMemory
from vibecoder.training.memory import in_halves, saving_when_memory_runs_out
from vibecoder.training.packing import pack
from vibecoder.types import Batch

BATCH = pack([row(20 + i, i) for i in range(7)])


def ran_out(error: BaseException) -> str | None:
    return "the memory ran out" if "alloc" in str(error) else None


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_halves_add_up_to_the_whole(most: int) -> None:
    released: list[int] = []
    sizes: list[int] = []

    def summed(batch: Batch) -> int:
        if len(batch.ids) > most:
            raise RuntimeError("alloc failed")
        sizes.append(len(batch.ids))
        return batch.supervised

    assert in_halves(ran_out, lambda: released.append(1), summed, BATCH) == BATCH.supervised
    assert sum(sizes) == 7
    assert max(sizes) <= most
    assert len(released) == len(sizes) - 1


@pytest.mark.parametrize(("message", "calls"), [("alloc failed", 4), ("shapes differ", 1)])
def test_a_single_row_too_many_and_other_errors_are_raised(message: str, calls: int) -> None:
    asked: list[int] = []

    def summed(batch: Batch) -> int:
        asked.append(len(batch.ids))
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match=message):
        in_halves(ran_out, lambda: None, summed, BATCH)
    assert asked == [7, 3, 1][:calls]


def test_what_is_done_is_saved_after_the_memory_is_given_back(tmp_path: Path) -> None:
    order: list[str] = []

    def save() -> tuple[int, Path | None]:
        order.append("save")
        return 4, tmp_path

    with (
        pytest.raises(OutOfMemory, match="the memory ran out") as failure,
        saving_when_memory_runs_out(ran_out, lambda: order.append("release"), save),
    ):
        raise RuntimeError("alloc failed")
    assert (failure.value.step, failure.value.checkpoint) == (4, tmp_path)
    assert order == ["release", "save"]
    with pytest.raises(RuntimeError, match="shapes"), saving_when_memory_runs_out(ran_out, lambda: None, save):
        raise RuntimeError("shapes differ")
    with saving_when_memory_runs_out(ran_out, lambda: None, save):
        pass
    assert order == ["release", "save"]
