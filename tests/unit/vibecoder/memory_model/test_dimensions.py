"""A model's dimensions: its published number of parameters, from configs in any words."""

from __future__ import annotations

import pytest

from support.model_configs import CODER_3B
from vibecoder import memory_model
from vibecoder.errors import ModelError
from vibecoder.memory_model.dimensions import layer_weights, lora_parameters, small_weights, table_weights
from vibecoder.types import LoraSpec


def test_parameters_are_those_of_the_published_model() -> None:
    """Qwen2.5-Coder-3B has 3,085,938,688 by its model card's safetensors index, and 29,933,568 in an adapter of 16."""
    sizes = memory_model.dimensions_of(CODER_3B)
    assert layer_weights(sizes) + table_weights(sizes) + small_weights(sizes) == 3_085_938_688
    targets = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    assert lora_parameters(sizes, LoraSpec(16, 32, 0.0, targets)) == 29_933_568


def test_configs_in_other_words_are_understood() -> None:
    old = memory_model.dimensions_of({"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100})
    assert (old.hidden, old.layers, old.kv_heads, old.ff) == (64, 2, 4, 256)
    seeing = memory_model.dimensions_of({"text_config": CODER_3B, "vision_config": {"hidden_size": 1}})
    assert seeing.hidden == 2048
    experts = memory_model.dimensions_of(
        CODER_3B | {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 512}
    )
    assert (experts.experts, experts.experts_used, experts.ff) == (8, 2, 512)
    with pytest.raises(ModelError, match="has no hidden_size, vocab_size"):
        memory_model.dimensions_of({"num_hidden_layers": 2, "num_attention_heads": 2})
