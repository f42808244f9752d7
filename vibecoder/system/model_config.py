"""Hand mlx-lm a model's configuration with the keys that it reads, whichever release of transformers wrote it.

transformers 5 writes `rope_parameters`; most of mlx-lm's models read `rope_theta` and `rope_scaling` and fall back to
their own defaults without a word. Other keys have moved between a wrapper and its text model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["filled_in", "rope_of_layer", "text_part"]

_THETA = ("rope_theta", "rotary_emb_base")
_PARTIAL = ("partial_rotary_factor", "rotary_pct")
_FULL, _SLIDING = "full_attention", "sliding_attention"
_TIED = "tie_word_embeddings"
_SHARED = (_TIED, "vocab_size")
"""Keys that mlx-lm looks for in the text part and in the whole; transformers writes one, and ties by the whole's."""

_RENAMED = {"num_experts": "num_local_experts", "block_dim": "hidden_size"}
"""Keys of mlx-lm's models and those by which transformers 5 writes the same numbers."""
_CONSTANTS = {"apertus": {"mlp_bias": False, "post_norm": False, "qk_norm": True}}
"""By model type: keys that mlx-lm asks for and that transformers has no longer, since every model has the same."""


def text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a configuration that describes the text model: of a wrapper its `text_config`."""
    text = config.get("text_config")
    return text if isinstance(text, Mapping) else config


def filled_in(config: Mapping[str, Any]) -> dict[str, Any]:
    """List the keys to add to a configuration so that mlx-lm opens the model that it describes; it has them itself."""
    added = _old_keys(config)
    if isinstance(text := config.get("text_config"), Mapping):
        shared = {key: config[key] for key in _SHARED if key in config and (key == _TIED or key not in text)}
        added["text_config"] = {**text, **_old_keys(text), **shared}
        added |= {key: text[key] for key in _SHARED if key in text and key not in config}
    return added


def rope_of_layer(config: Mapping[str, Any], layer: int) -> dict[str, Any] | None:
    """Return the rotary parameters of one layer in the form of transformers 5; None where nothing is said of them."""
    rope = config.get("rope_parameters")
    if isinstance(rope, Mapping) and any(isinstance(value, Mapping) for value in rope.values()):
        types = config.get("layer_types")
        found = rope.get(types[layer]) if isinstance(types, list) and layer < len(types) else None
        return _with_partial(config, found) if isinstance(found, Mapping) else None
    if isinstance(rope, Mapping) and "rope_theta" in rope:
        return _with_partial(config, rope)
    theta = next((config[key] for key in _THETA if isinstance(config.get(key), (int, float))), None)
    if theta is None or "rope_local_base_freq" in config:
        return None
    scaling = dict(config.get("rope_scaling") or {})
    scaling["rope_type"] = scaling.pop("type", None) or scaling.get("rope_type") or "default"
    return _with_partial(config, {**scaling, "rope_theta": theta})


def _with_partial(config: Mapping[str, Any], rope: Mapping[str, Any]) -> dict[str, Any]:
    partial = next((config[key] for key in _PARTIAL if config.get(key) is not None), None)
    return {"partial_rotary_factor": partial, **rope}


def _old_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """List the keys of transformers 4 that follow from those of transformers 5 and are not there."""
    added: dict[str, Any] = {}
    rope = config.get("rope_parameters")
    if isinstance(rope, Mapping) and rope:
        full, sliding = _by_layer_type(rope)
        kind = full.get("rope_type") or full.get("type") or "default"
        rest = {key: value for key, value in full.items() if key not in ("rope_theta", *_PARTIAL)}
        added |= dict.fromkeys(_THETA, full.get("rope_theta"))
        added |= dict.fromkeys(_PARTIAL, full.get("partial_rotary_factor"))
        added = {key: value for key, value in added.items() if value is not None}
        added["rope_scaling"] = None if kind == "default" else {**rest, "rope_type": kind, "type": kind}
        if "original_max_position_embeddings" in full:
            added["original_max_position_embeddings"] = full["original_max_position_embeddings"]
        if sliding:
            added["rope_local_base_freq"] = sliding.get("rope_theta")
    added |= {ours: config[theirs] for ours, theirs in _RENAMED.items() if theirs in config}
    added |= _CONSTANTS.get(str(config.get("model_type")), {})
    if period := _period(config):
        added["sliding_window_pattern"] = period
    if config.get("model_type") == "exaone4" and isinstance(config.get("sliding_window_pattern"), int):
        return {**added, "sliding_window_pattern": "L" * (config["sliding_window_pattern"] - 1) + "G"}
    return {key: value for key, value in added.items() if config.get(key) is None}


def _period(config: Mapping[str, Any]) -> int | None:
    """Return every how many layers one has full attention, where layers of both kinds are listed."""
    types = config.get("layer_types")
    if isinstance(types, list) and _FULL in types and _SLIDING in types:
        return types.index(_FULL) + 1
    return None


def _by_layer_type(rope: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Split rotary parameters into those of full attention and those of sliding windows, which may be empty."""
    if not any(isinstance(value, Mapping) for value in rope.values()):
        return rope, {}
    parts = {name: value for name, value in rope.items() if isinstance(value, Mapping)}
    full = parts.get(_FULL) or next(iter(parts.values()))
    return full, parts.get(_SLIDING, {})
