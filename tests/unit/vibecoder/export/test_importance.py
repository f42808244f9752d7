"""Columns are weighed under llama.cpp's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.small_nano import small_nano
from vibecoder.export.importance import measure_importance
from vibecoder.types import Rendered


class Weighing:
    """A backend that has seen these squares."""

    def distributions(self, rows: Sequence[Sequence[int]], adapter: Path | None) -> Iterator[NDArray[np.float32]]:
        return iter(())

    def input_squares(
        self, rows: Sequence[Sequence[int]], weights: Sequence[NDArray[np.float32]], adapter: Path | None
    ) -> Mapping[str, NDArray[np.float32]]:
        np.testing.assert_allclose(weights[0], [0.25, 0.75, 0.75, 0.25])  # replies count as much as the whole row
        return {
            "model.layers.1.mlp.down_proj": np.array([0.0, 4.0], np.float32),
            "lm_head": np.array([1.0, 2.0], np.float32),
        }


def test_names_are_llama_cpps_and_no_column_is_worth_nothing() -> None:
    row = Rendered(np.arange(4, dtype=np.int32), np.array([False, False, True, True]))
    found = measure_importance(Weighing(), [row], small_nano(), None)
    assert set(found) == {"blk.1.ffn_down.weight", "output.weight", "token_embd.weight"}
    assert 0 < found["blk.1.ffn_down.weight"][0] < 1e-5
    np.testing.assert_array_equal(found["token_embd.weight"], [1.0, 2.0])
