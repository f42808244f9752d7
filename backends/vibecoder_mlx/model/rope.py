"""Check the rotary embeddings that mlx-lm built: the angles by which they turn are those of the model's configuration.

mlx-lm's models read different keys, and one that a model does not read changes nothing and says nothing. So each
embedding is run on unit vectors at a few positions, and what it makes of them is compared with the formula.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from vibecoder.errors import ModelError
from vibecoder.system.model_config import rope_of_layer, text_part

__all__ = ["Angles", "check_rope", "frequencies"]

_POSITIONS = (1, 7, 100)
_TOLERANCE = 2e-3
_NAME = re.compile(r".*rope.*", re.IGNORECASE)
_UNCHECKED = ("NoPE",)

Angles = NDArray[np.float64]


def check_rope(model: nn.Module, config: Mapping[str, Any]) -> None:
    """Compare every rotary embedding of `model` with its `config.json`.

    Raises:
        ModelError: mlx-lm turns by other angles, so that it would be another model.
    """
    text = text_part(config)
    judged: dict[tuple[str, str], bool] = {}
    for name, layer, module in _embeddings(model):
        rope = rope_of_layer(text, layer)
        dims = _dims(module)
        if rope is None or dims is None:
            continue
        key = (repr(sorted(rope.items(), key=str)), f"{type(module).__name__}{_state(module)}")
        if key not in judged:
            judged[key] = _agrees(module, dims, rope, text)
        if not judged[key]:
            raise ModelError(
                f"mlx-lm does not have the rotary embedding of this model ({_described(rope)}): in {name} it turns by "
                "other angles than config.json asks for, and would be another model; use --backend cuda"
            )


def _embeddings(model: nn.Module) -> Iterator[tuple[str, int, nn.Module]]:
    for name, module in model.named_modules():
        numbers = [int(part) for part in name.split(".") if part.isdigit()]
        kind = type(module).__name__
        if _NAME.match(kind) and kind not in _UNCHECKED and numbers and "vision" not in name:
            yield name, numbers[0], module


def _described(rope: Mapping[str, Any]) -> str:
    told = {key: value for key, value in rope.items() if not isinstance(value, (list, dict)) and key != "rope_type"}
    return f"{rope.get('rope_type', 'default')}, " + ", ".join(f"{key} {value}" for key, value in sorted(told.items()))


def _dims(module: nn.Module) -> int | None:
    found = getattr(module, "dims", None) or getattr(module, "dim", None)
    return int(found) if found else None


def _state(module: nn.Module) -> str:
    """Describe what an embedding is made of, so that equal ones of many layers are judged once."""
    plain = {key: value for key, value in vars(module).items() if not key.startswith("_") or key in ("_scale",)}
    held = {key: np.array(value).tobytes() for key, value in module.items() if isinstance(value, mx.array)}
    private = getattr(module, "_freqs", None)
    return repr((plain, dict(module), held, None if private is None else np.array(private).tobytes()))


def _agrees(module: nn.Module, dims: int, rope: Mapping[str, Any], text: Mapping[str, Any]) -> bool:
    if rope.get("rope_type") != "proportional" and rope.get("partial_rotary_factor") is not None:
        head = text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"]
        head = text.get("qk_rope_head_dim") or head
        if dims != int(head * rope["partial_rotary_factor"]):
            return False
    expected, factor = frequencies(rope, dims, text)
    if expected is None:
        return False
    unit = mx.eye(dims)[:, None, None, :]
    for position in _POSITIONS:
        turned = np.array(module(unit, offset=position).astype(mx.float32), np.float64)[:, 0, 0, :]
        cosines = np.cos(expected * position) * factor
        own = turned.diagonal()
        sines = np.abs(np.sin(expected * position) * factor)
        halves = own[: dims // 2], np.abs(turned[np.arange(dims // 2), np.arange(dims // 2) + dims // 2])
        pairs = own[::2], np.abs(turned[np.arange(0, dims, 2), np.arange(1, dims, 2)])
        if not any(np.allclose(a, cosines, atol=_TOLERANCE) and np.allclose(b, sines, atol=_TOLERANCE)
                   for a, b in (halves, pairs)):  # fmt: skip
            return False
    return True


def frequencies(rope: Mapping[str, Any], dims: int, text: Mapping[str, Any]) -> tuple[Angles | None, float]:
    """Compute the angle per position of each pair of `dims` numbers, and the factor on cosine and sine.

    The formulas are those that transformers names by `rope_type`, at lengths up to the trained one; None for another.
    """
    kind = rope.get("rope_type") or "default"
    base = float(rope["rope_theta"])
    plain: Angles = base ** -(np.arange(0, dims, 2) / dims)
    if kind in ("default", "dynamic", "mrope"):
        return plain, 1.0
    if kind == "linear":
        return plain / float(rope["factor"]), 1.0
    if kind == "llama3":
        return _llama3(plain, rope), 1.0
    if kind == "yarn":
        return _yarn(base, dims, rope, text)
    if kind == "longrope":
        return _longrope(plain, rope, text)
    if kind == "proportional":
        turned = 2 * int(float(rope.get("partial_rotary_factor", 1.0)) * dims // 2)
        own = base ** -(np.arange(0, turned, 2) / dims)
        return np.pad(own, (0, dims // 2 - len(own))) / float(rope.get("factor", 1.0)), 1.0
    return None, 1.0


def _llama3(plain: Angles, rope: Mapping[str, Any]) -> Angles:
    factor, low, high = (float(rope[key]) for key in ("factor", "low_freq_factor", "high_freq_factor"))
    trained = float(rope["original_max_position_embeddings"])
    turns = trained * plain / (2 * math.pi)  # how often each pair goes round within the trained length
    share = np.clip((turns - low) / (high - low), 0, 1)
    mixed: Angles = plain * (share + (1 - share) / factor)
    return mixed


def _yarn(base: float, dims: int, rope: Mapping[str, Any], text: Mapping[str, Any]) -> tuple[Angles, float]:
    """Compute YaRN's angles and scale of attention (Peng et al., 2309.00071, equations 17 to 22).

    The options are those that transformers gives them.
    """
    trained = float(rope.get("original_max_position_embeddings") or text["max_position_embeddings"])
    factor = float(rope.get("factor") or text["max_position_embeddings"] / trained)

    def pair_that_turns(times: float) -> float:
        return dims * math.log(trained / (times * 2 * math.pi)) / (2 * math.log(base))

    first, last = pair_that_turns(rope.get("beta_fast") or 32), pair_that_turns(rope.get("beta_slow") or 1)
    if rope.get("truncate", True):
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, dims - 1)
    slow = np.clip((np.arange(dims // 2) - first) / ((last - first) or 0.001), 0, 1)
    plain: Angles = base ** -(np.arange(0, dims, 2) / dims)
    angles: Angles = plain / factor * slow + plain * (1 - slow)
    stated, one, all_dims = (rope.get(key) for key in ("attention_factor", "mscale", "mscale_all_dim"))
    if stated is not None:
        return angles, float(stated)
    if one and all_dims:
        return angles, _grown(factor, one) / _grown(factor, all_dims)
    return angles, _grown(factor, 1.0)


def _grown(factor: float, mscale: float) -> float:
    return 1.0 if factor <= 1 else 0.1 * mscale * math.log(factor) + 1.0


def _longrope(plain: Angles, rope: Mapping[str, Any], text: Mapping[str, Any]) -> tuple[Angles, float]:
    """Compute LongRoPE's angles and scale of attention (Ding et al., 2402.13753) for texts up to the trained length."""
    trained = rope.get("original_max_position_embeddings") or text.get("original_max_position_embeddings")
    trained = float(trained or text["max_position_embeddings"])
    factor = float(rope.get("factor") or text["max_position_embeddings"] / trained)
    stated = rope.get("attention_factor")
    if stated is None:
        stated = 1.0 if factor <= 1 else math.sqrt(1 + math.log(factor) / math.log(trained))
    return plain / np.array(rope["short_factor"], np.float64), float(stated)
