"""Rotary embeddings: the formulas are those of transformers, and an embedding by other angles is refused."""

from __future__ import annotations

from typing import Any

import mlx.nn as nn
import numpy as np
import pytest
from mlx_lm.models.rope_utils import initialize_rope
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from vibecoder.errors import ModelError
from vibecoder_mlx.model.rope import check_rope, frequencies

DIMS, TRAINED = 16, 1024
ROPES: dict[str, dict[str, Any]] = {
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": TRAINED},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": TRAINED},
    "yarn-stated": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": TRAINED,
                    "attention_factor": 1.3, "truncate": False, "beta_fast": 16, "beta_slow": 2},
    "yarn-mscale": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": TRAINED,
                    "mscale": 0.7, "mscale_all_dim": 1.0},
    "longrope": {"rope_type": "longrope", "short_factor": [1.0 + i / 9 for i in range(DIMS // 2)], "factor": 4.0,
                 "long_factor": [2.0 + i for i in range(DIMS // 2)], "original_max_position_embeddings": TRAINED},
    "dynamic": {"rope_type": "dynamic", "factor": 4.0},
    "proportional": {"rope_type": "proportional", "partial_rotary_factor": 0.5},
}  # fmt: skip


@pytest.mark.parametrize("kind", ROPES)
@pytest.mark.parametrize("theta", [1e4, 5e5])
def test_the_formulas_are_those_of_transformers(kind: str, theta: float) -> None:
    rope = {"rope_theta": theta, **ROPES[kind]}
    config = LlamaConfig(
        hidden_size=64, num_attention_heads=4, head_dim=DIMS, max_position_embeddings=4096, rope_parameters=rope
    )
    expected, factor = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config, "cpu")
    found, found_factor = frequencies(rope, DIMS, config.to_dict())
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5)
    assert found_factor == pytest.approx(factor)


def test_an_unknown_kind_has_no_formula() -> None:
    assert frequencies({"rope_type": "spiral", "rope_theta": 1.0}, DIMS, {})[0] is None


class Model(nn.Module):
    """One layer with an embedding and nothing else."""

    def __init__(self, rope: nn.Module) -> None:
        super().__init__()
        self.layers = [rope]


def built(theta: float, scaling: dict[str, Any] | None = None, traditional: bool = False) -> Model:
    return Model(initialize_rope(DIMS, theta, traditional, scaling, 4096))


TEXT = {"hidden_size": 64, "num_attention_heads": 4, "max_position_embeddings": 4096}


@pytest.mark.parametrize("traditional", [True, False])
@pytest.mark.parametrize("kind", ["linear", "llama3", "yarn", "proportional"])
def test_mlx_lm_turns_by_the_same_angles(kind: str, traditional: bool) -> None:
    config = {**TEXT, "rope_parameters": {"rope_theta": 5e5, **ROPES[kind]}}
    check_rope(built(5e5, ROPES[kind], traditional), config)
    check_rope(built(1e4), {**TEXT, "rope_theta": 1e4})


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (built(1e4), {"rope_parameters": {"rope_type": "default", "rope_theta": 1.1e4}}),
        (built(1e4), {"rope_theta": 5e5}),
        (built(5e5), {"rope_parameters": {"rope_theta": 5e5, **ROPES["llama3"]}}),
        (built(5e5), {"rope_parameters": {"rope_theta": 5e5, **ROPES["yarn"]}}),
        (built(5e5, ROPES["yarn"]), {"rope_parameters": {"rope_theta": 5e5, **ROPES["yarn-stated"]}}),
        (built(5e5, ROPES["longrope"]), {"rope_parameters": {"rope_theta": 5e5, **ROPES["longrope"]}}),
        (built(1e4), {"rope_theta": 1e4, "partial_rotary_factor": 0.5}),
        (built(1e4), {"rope_theta": 1e4, "rope_scaling": {"type": "spiral"}}),
    ],
)
def test_other_angles_are_refused(model: Model, config: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="does not have the rotary embedding of this model") as caught:
        check_rope(model, {**TEXT, **config})
    assert "\n" not in str(caught.value)


def test_a_model_without_embeddings_or_without_parameters_is_not_judged() -> None:
    check_rope(Model(nn.Linear(4, 4)), {**TEXT, "rope_theta": 1e4})
    check_rope(built(1e4), TEXT)
