"""The weights that an adapter begins with."""

from __future__ import annotations

import numpy as np
import pytest

from vibecoder.adapters.initial import initial_weights, is_target
from vibecoder.errors import ModelError
from vibecoder.types import LoraSpec

LORA = LoraSpec(4, 8.0, 0.05, ("q_proj", "down_proj"))
SHAPES = [("model.layers.0.self_attn.q_proj", 16, 24), ("model.layers.1.mlp.down_proj", 32, 16)]


def test_initial_weights_depend_on_seed_and_name_not_on_order() -> None:
    one, other = initial_weights(SHAPES, LORA, 7), initial_weights(reversed(SHAPES), LORA, 7)
    for layer, (a, b) in one.items():
        np.testing.assert_array_equal(a, other[layer][0])
        assert not b.any()
        assert np.abs(a).max() <= 1 / np.sqrt(a.shape[1])
    assert (initial_weights(SHAPES, LORA, 8)[SHAPES[0][0]][0] != one[SHAPES[0][0]][0]).any()


def test_no_target_layer_is_an_error() -> None:
    with pytest.raises(ModelError, match="q_proj, down_proj"):
        initial_weights([], LORA, 0)
    assert is_target("model.layers.3.self_attn.q_proj", LORA)
    assert not is_target("lm_head.q_proj", LORA)
