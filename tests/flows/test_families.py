"""Models of many families as transformers 5 saves them: both backends open the same model, or it is refused.

Random weights, four small layers. Every pair of a family and a rotary embedding that transformers can make is opened
by mlx-lm with the same result, or is named as one that mlx-lm does not have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from vibecoder.errors import ModelError
from vibecoder.types import ModelSpec
from vibecoder_mlx.model.load import load_base

SMALL = {
    "vocab_size": 256, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 4096, "pad_token_id": 0, "bos_token_id": 1,
    "eos_token_id": 2,
}  # fmt: skip
TRAINED = 1024
FACTORS = {"short_factor": [1.0 + i / 9 for i in range(8)], "long_factor": [2.0 + i for i in range(8)]}
ROPES: dict[str, dict[str, Any]] = {
    "default": {"rope_type": "default", "rope_theta": 5e5},
    "linear": {"rope_type": "linear", "rope_theta": 5e5, "factor": 4.0},
    "llama3": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": TRAINED},
    "yarn": {"rope_type": "yarn", "rope_theta": 5e5, "factor": 4.0, "original_max_position_embeddings": TRAINED},
    "stated": {"rope_type": "yarn", "rope_theta": 5e5, "factor": 4.0, "original_max_position_embeddings": TRAINED,
               "attention_factor": 1.7},
    "longrope": {"rope_type": "longrope", "rope_theta": 5e5, "factor": 4.0,
                 "original_max_position_embeddings": TRAINED, **FACTORS},
}  # fmt: skip
WINDOWS = {"layer_types": ["sliding_attention", "full_attention"] * 2, "sliding_window": 128}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
OWN: dict[str, dict[str, Any]] = {
    "gemma2": WINDOWS, "gemma3_text": WINDOWS, "cohere2": WINDOWS, "olmo3": WINDOWS,
    "lfm2": {"layer_types": ["conv", "full_attention"] * 2}, "qwen3_moe": EXPERTS,
    "granite": {"attention_multiplier": 0.25},  # transformers' default of 1 makes attention a coin of rounding
}  # fmt: skip
EQUAL = [
    *((family, rope) for family in ("llama", "qwen2", "qwen3", "smollm3", "mistral", "olmo2", "granite", "seed_oss")
      for rope in ("default", "llama3", "longrope")),
    *((family, "default") for family in ("phi", "phi3", "gemma", "gemma2", "lfm2", "stablelm", "cohere", "cohere2",
                                         "starcoder2", "glm4", "ernie4_5", "helium", "nemotron", "qwen3_moe",
                                         "exaone4", "apertus", "olmo3", "mixtral", "hunyuan_v1_dense")),
    ("phi3", "longrope"), ("gemma3_text", "default"), ("gemma3_text", "linear"), ("gemma3_text", "llama3"),
    ("llama", "linear"), ("qwen2", "yarn"), ("qwen3", "yarn"), ("nemotron", "linear"),
]  # fmt: skip
REFUSED = [
    ("gemma", "linear"), ("gemma2", "llama3"), ("phi", "yarn"), ("cohere", "llama3"), ("starcoder2", "yarn"),
    ("glm", "default"), ("glm4", "llama3"), ("mixtral", "yarn"), ("llama", "stated"), ("qwen3", "stated"),
    ("gemma3_text", "stated"), ("ernie4_5", "linear"), ("lfm2", "llama3"),
]  # fmt: skip


def saved(folder: Path, family: str, rope: str) -> tuple[ModelSpec, np.ndarray, np.ndarray]:
    """Save a random model as transformers does; return how to open it, token ids, and transformers' logits."""
    parameters: dict[str, Any] = dict(ROPES[rope])
    if family == "gemma3_text":
        own = {"rope_type": "default", "rope_theta": 1e4}
        parameters = {"full_attention": parameters, "sliding_attention": own}
    config = AutoConfig.for_model(family, **{**SMALL, **OWN.get(family, {}), "rope_parameters": parameters})
    config.initializer_range = 0.3
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    model.save_pretrained(folder)
    ids = np.arange(5, 65)[None]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(ids)).logits[0].numpy()
    return ModelSpec(str(folder), precision="float32"), ids, logits


@pytest.mark.parametrize(("family", "rope"), EQUAL)
def test_both_backends_open_the_same_model(family: str, rope: str, tmp_path: Path) -> None:
    spec, ids, expected = saved(tmp_path, family, rope)
    found = np.array(load_base(spec)(mx.array(ids.astype(np.int32)))[0])
    assert np.abs(found - expected).max() < 2e-3 * np.abs(expected).max()


@pytest.mark.parametrize(("family", "rope"), REFUSED)
def test_what_mlx_lm_would_distort_is_refused(family: str, rope: str, tmp_path: Path) -> None:
    spec, _, _ = saved(tmp_path, family, rope)
    with pytest.raises(ModelError) as caught:
        load_base(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("family", "rope"), [("llama", "llama3"), ("granite", "default"), ("lfm2", "default")])
def test_a_conversion_keeps_the_keys(family: str, rope: str, tmp_path: Path) -> None:
    """The cached 8-bit conversion has the configuration that was opened, so it is the same model."""
    spec, ids, expected = saved(tmp_path / "model", family, rope)
    model = load_base(ModelSpec(spec.path, quantization="8bit", precision="float32", cache=tmp_path / "cache"))
    again = load_base(ModelSpec(spec.path, quantization="8bit", precision="float32", cache=tmp_path / "cache"))
    inputs = mx.array(ids.astype(np.int32))
    found = np.array(model(inputs)[0])
    np.testing.assert_array_equal(found, np.array(again(inputs)[0]))
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99
