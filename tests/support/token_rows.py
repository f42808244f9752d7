"""Rows of random tokens for tests of the training order: of any length, some beginning alike."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from vibecoder.types import Rendered


def row(length: int, seed: int = 0, family: int = 0, shared: int = 0) -> Rendered:
    """Random tokens, the first `shared` of them those of a family and none of them a target."""
    rng = np.random.default_rng([seed, length])
    ids = rng.integers(1, 4000, length).astype(np.int32)
    mask = rng.random(length) < 0.4
    ids[:shared] = np.random.default_rng([family, 77]).integers(1, 4000, 4000)[: min(shared, length)]
    mask[:shared] = False
    mask[-1] = True
    return Rendered(ids, mask, f"{seed}-{length}")


@st.composite
def families(draw: st.DrawFn) -> list[Rendered]:
    """Rows of up to three families; lengths from shorter than the shared beginning to far longer."""
    shapes = st.tuples(st.integers(2, 500), st.integers(0, 2), st.sampled_from([0, 1, 15, 17, 33, 200]))
    return [row(length, i, *rest) for i, (length, *rest) in enumerate(draw(st.lists(shapes, min_size=1, max_size=30)))]
