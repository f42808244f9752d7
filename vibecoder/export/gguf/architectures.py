"""What llama.cpp must be told about a model's shape, from its `config.json`; what it cannot compute is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gguf
import numpy as np
from gguf import MODEL_ARCH
from numpy.typing import NDArray

from vibecoder.errors import ModelError
from vibecoder.system.model_config import rope_of_layer

__all__ = ["Architecture", "find_architecture", "rope_factors", "write_shape"]

_ARCHITECTURES = {"qwen2": MODEL_ARCH.QWEN2, "qwen3": MODEL_ARCH.QWEN3, "llama": MODEL_ARCH.LLAMA}


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model as llama.cpp sees it: `interleaved` says that it wants the rows of Q and K in another order."""

    kind: MODEL_ARCH
    blocks: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    rope: Mapping[str, Any]
    config: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(gguf.MODEL_ARCH_NAMES[self.kind])

    @property
    def interleaved(self) -> bool:
        return self.kind is MODEL_ARCH.LLAMA


def find_architecture(config: Mapping[str, Any], model: str) -> Architecture:
    """Read what llama.cpp has to know from a `config.json`.

    Raises:
        ModelError: an architecture, an activation or a rotary embedding that this writer does not have.
    """
    kind = str(config.get("model_type"))
    if kind not in _ARCHITECTURES:
        raise ModelError(
            f"no GGUF can be written of {model}: its architecture is {kind}, and this writer has "
            f"{', '.join(sorted(_ARCHITECTURES))}; use `vibecoder export merged` and llama.cpp's own converter"
        )
    if _has_windows(config):
        raise ModelError(f"no GGUF can be written of {model}: llama.cpp's {kind} has no sliding windows")
    if config.get("hidden_act", "silu") != "silu":
        raise ModelError(f"no GGUF can be written of {model}: llama.cpp's {kind} has silu, not {config['hidden_act']}")
    heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
    rope = rope_of_layer(config, 0) or {"rope_theta": 10_000.0, "rope_type": "default"}
    if rope.get("partial_rotary_factor") not in (None, 1, 1.0):
        raise ModelError(f"no GGUF can be written of {model}: only a part of each head is rotated")
    _check_rope(rope, model)
    return Architecture(
        kind=_ARCHITECTURES[kind],
        blocks=int(config["num_hidden_layers"]),
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        head_dim=int(config.get("head_dim") or hidden // heads),
        hidden=hidden,
        rope=rope,
        config=config,
    )


def _has_windows(config: Mapping[str, Any]) -> bool:
    types = config.get("layer_types")
    if isinstance(types, list):
        return "sliding_attention" in types
    blocks = int(config["num_hidden_layers"])
    return bool(config.get("use_sliding_window")) and int(config.get("max_window_layers") or 0) < blocks


def _check_rope(rope: Mapping[str, Any], model: str) -> None:
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "linear", "llama3", "yarn"):
        raise ModelError(
            f"no GGUF can be written of {model}: its rotary embedding is of the type {kind}; this writer has default, "
            "linear, llama3 and yarn"
        )
    odd = [key for key in ("mscale", "mscale_all_dim", "attention_factor") if rope.get(key) is not None]
    if kind == "yarn" and (odd or rope.get("truncate") is False):
        raise ModelError(f"no GGUF can be written of {model}: its YaRN has {(odd or ['truncate'])[0]}, llama.cpp's not")


def write_shape(writer: gguf.GGUFWriter, found: Architecture, vocabulary: int) -> None:
    """Write the keys of the model's shape; llama.cpp falls back to its own defaults for those that are missing."""
    config = found.config
    writer.add_context_length(int(config.get("max_position_embeddings") or 2048))
    writer.add_embedding_length(found.hidden)
    writer.add_block_count(found.blocks)
    writer.add_feed_forward_length(int(config["intermediate_size"]))
    writer.add_head_count(found.heads)
    writer.add_head_count_kv(found.kv_heads)
    writer.add_key_length(found.head_dim)
    writer.add_value_length(found.head_dim)
    writer.add_layer_norm_rms_eps(float(config["rms_norm_eps"]))
    writer.add_rope_dimension_count(found.head_dim)
    writer.add_rope_freq_base(float(found.rope["rope_theta"]))
    writer.add_vocab_size(vocabulary)
    kind = found.rope.get("rope_type", "default")
    if kind in ("linear", "yarn"):
        scaling = gguf.RopeScalingType.LINEAR if kind == "linear" else gguf.RopeScalingType.YARN
        writer.add_rope_scaling_type(scaling)
        writer.add_rope_scaling_factor(float(found.rope["factor"]))
    if kind == "yarn":
        writer.add_rope_scaling_orig_ctx_len(_trained_length(found))
        writer.add_rope_scaling_yarn_beta_fast(float(found.rope.get("beta_fast") or 32.0))
        writer.add_rope_scaling_yarn_beta_slow(float(found.rope.get("beta_slow") or 1.0))


def _trained_length(found: Architecture) -> int:
    stated = found.rope.get("original_max_position_embeddings") or found.config.get("original_max_position_embeddings")
    return int(stated or found.config["max_position_embeddings"])


def rope_factors(found: Architecture) -> NDArray[np.float32] | None:
    """Compute by what Llama 3's scaling divides each frequency, [head_dim / 2]; None for other scalings.

    The rule is that of the Llama 3.1 release: low frequencies by `factor`, high ones not at all, those between them
    by an average of the two.
    """
    rope = found.rope
    if rope.get("rope_type") != "llama3":
        return None
    factor, low, high = (float(rope[key]) for key in ("factor", "low_freq_factor", "high_freq_factor"))
    trained = _trained_length(found)
    exponents = np.arange(0, found.head_dim, 2, dtype=np.float64) / found.head_dim
    lengths = 2 * math.pi * float(rope["rope_theta"]) ** exponents
    smooth = np.clip((trained / lengths - low) / (high - low), 0, 1)
    return (1 / ((1 - smooth) / factor + smooth)).astype(np.float32)
