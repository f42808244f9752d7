"""Write the `config.json` of a GGUF file's model, for the architectures whose arithmetic the keys tell whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import ModelError
from vibecoder.gguf_base.file import GgufFile

__all__ = ["ARCHITECTURES", "config_of"]

ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
"""GGUF's name, which is also transformers' `model_type`, and the class."""
_LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}


def config_of(file: GgufFile) -> dict[str, Any]:
    """Read the model's sizes and rotary embedding.

    Raises:
        ModelError: the architecture is not one of `ARCHITECTURES`, or does more than they do.
    """
    kind = file.architecture
    if kind not in ARCHITECTURES:
        raise ModelError(
            f"the model in {file.path.name} is of the architecture {kind or '(none)'}; a base can be read from GGUF "
            f"for {', '.join(sorted(ARCHITECTURES))}; give the model's folder or its Hugging Face id instead"
        )
    if file.of_architecture("expert_count", 0):
        raise ModelError(f"the model in {file.path.name} has experts; give its folder or its Hugging Face id instead")
    hidden, heads = _number(file, "embedding_length"), _number(file, "attention.head_count")
    head_dim = int(file.of_architecture("attention.key_length", hidden // heads))
    if int(file.of_architecture("rope.dimension_count", head_dim)) != head_dim:
        raise ModelError(f"the model in {file.path.name} rotates only a part of each head, which is not supported")
    theta = float(file.of_architecture("rope.freq_base", 10_000.0))
    tensors = file.tensors
    config: dict[str, Any] = {
        "architectures": [ARCHITECTURES[kind]],
        "model_type": kind,
        "attention_bias": "blk.0.attn_q.bias" in tensors,
        "attention_dropout": 0.0,
        "bos_token_id": file.value("tokenizer.ggml.bos_token_id"),
        "dtype": "float16",
        "eos_token_id": file.value("tokenizer.ggml.eos_token_id"),
        "head_dim": head_dim,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "intermediate_size": _number(file, "feed_forward_length"),
        "max_position_embeddings": _number(file, "context_length"),
        "mlp_bias": False,
        "num_attention_heads": heads,
        "num_hidden_layers": _number(file, "block_count"),
        "num_key_value_heads": int(file.of_architecture("attention.head_count_kv", heads)),
        "pad_token_id": file.value("tokenizer.ggml.padding_token_id"),
        "rms_norm_eps": round(float(file.of_architecture("attention.layer_norm_rms_epsilon", 1e-6)), 12),
        "rope_theta": theta,  # mlx-lm reads it here, transformers from rope_parameters
        "tie_word_embeddings": "output.weight" not in tensors,
        "use_cache": True,
        "vocab_size": int(tensors["token_embd.weight"].shape[1]),
    }
    scaling = _scaling(file, head_dim, theta)
    config["rope_parameters"] = {"rope_theta": theta, **(scaling or {"rope_type": "default"})}
    return config | {"rope_scaling": scaling} if scaling else config


def _number(file: GgufFile, key: str) -> int:
    value = file.of_architecture(key)
    if not isinstance(value, int):
        what = "differs between its layers" if isinstance(value, list) else "is missing"
        raise ModelError(f"{file.path.name} cannot be read as a base: its key {file.architecture}.{key} {what}")
    return value


def _scaling(file: GgufFile, head_dim: int, theta: float) -> dict[str, Any] | None:
    """Read how the rotary embedding is stretched; Llama 3's own rule is in the file only as the divisors it gave."""
    kind = file.of_architecture("rope.scaling.type", "none")
    factors = file.tensors.get("rope_freqs.weight")
    if factors is not None:
        return _llama3(file, np.asarray(factors.data, np.float32).reshape(-1), head_dim, theta)
    if kind == "none":
        return None
    factor = float(file.of_architecture("rope.scaling.factor", 1.0))
    if kind == "linear":
        return {"rope_type": "linear", "factor": factor}
    if kind == "yarn":
        trained = file.of_architecture("rope.scaling.original_context_length")
        return {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": trained}
    raise ModelError(f"the rotary embedding in {file.path.name} is scaled by {kind}, which is not supported")


def _llama3(file: GgufFile, found: NDArray[np.float32], head_dim: int, theta: float) -> dict[str, Any] | None:
    factor = float(found.max())
    low, high, trained = _LLAMA3.values()
    lengths = 2 * math.pi * theta ** (np.arange(0, head_dim, 2) / head_dim)
    share = np.clip((trained / lengths - low) / (high - low), 0, 1)
    if not np.allclose(found, 1 / ((1 - share) / factor + share), rtol=1e-4):
        raise ModelError(f"{file.path.name} scales its rotary embedding by no rule that is known; give its folder")
    return None if factor == 1 else {"rope_type": "llama3", "factor": factor, **_LLAMA3}
