"""Configurations of transformers 5 with the keys that mlx-lm reads, and nothing overwritten that is there."""

from __future__ import annotations

from vibecoder.system.model_config import filled_in, rope_of_layer, text_part

LLAMA3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "original_max_position_embeddings": 8192}


def test_rotary_parameters_are_given_by_their_old_names() -> None:
    added = filled_in({"model_type": "llama", "rope_parameters": LLAMA3})
    assert (added["rope_theta"], added["rotary_emb_base"]) == (500000.0, 500000.0)
    assert added["rope_scaling"] == {
        "rope_type": "llama3", "type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192,
    }  # fmt: skip
    plain = filled_in({"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "partial_rotary_factor": 0.5}})
    assert (plain["rope_scaling"], plain["partial_rotary_factor"], plain["rotary_pct"]) == (None, 0.5, 0.5)


def test_what_is_there_stays() -> None:
    assert filled_in({"rope_theta": 1e4, "rope_scaling": None, "hidden_act": "silu"}) == {}
    assert "rope_theta" not in filled_in({"rope_theta": 1e4, "rope_parameters": LLAMA3})


def test_parameters_by_kind_of_layer() -> None:
    config = {
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"] * 2,
        "rope_parameters": {
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
        },
    }
    added = filled_in(config)
    assert (added["rope_theta"], added["rope_local_base_freq"], added["sliding_window_pattern"]) == (1e6, 1e4, 3)
    assert added["rope_scaling"]["type"] == "linear"
    assert [rope_of_layer(config, layer)["rope_theta"] for layer in (0, 2, 3, 5)] == [1e4, 1e6, 1e4, 1e6]  # type: ignore[index]


def test_a_wrapper_and_its_text_model_share_what_both_need() -> None:
    config = {"model_type": "x", "tie_word_embeddings": True,
              "text_config": {"vocab_size": 7, "tie_word_embeddings": False, "rope_parameters": LLAMA3}}  # fmt: skip
    added = filled_in(config)
    assert added["vocab_size"] == 7
    assert (added["text_config"]["tie_word_embeddings"], added["text_config"]["rope_theta"]) == (True, 500000.0)
    assert text_part(config) is config["text_config"]


def test_renamed_keys_of_some_families() -> None:
    assert filled_in({"num_local_experts": 4})["num_experts"] == 4
    assert filled_in({"model_type": "exaone4", "sliding_window_pattern": 4})["sliding_window_pattern"] == "LLLG"
    assert filled_in({"model_type": "apertus"})["qk_norm"] is True


def test_rotary_parameters_of_old_configurations() -> None:
    old = {"rope_theta": 1e4, "rope_scaling": {"type": "linear", "factor": 2.0}, "rotary_pct": 0.25}
    assert rope_of_layer(old, 0) == {
        "rope_theta": 1e4, "rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 0.25,
    }  # fmt: skip
    assert rope_of_layer({"hidden_size": 8}, 0) is None
