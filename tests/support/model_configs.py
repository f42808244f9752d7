"""Configurations of published models, without their weights."""

from __future__ import annotations

__all__ = ["CODER_3B"]

CODER_3B = {
    "model_type": "qwen2",
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_attention_heads": 16,
    "num_hidden_layers": 36,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
    "vocab_size": 151_936,
}
"""Qwen2.5-Coder-3B-Instruct."""
