"""LongRoPE with both sets of factors; mlx-lm has the one for long texts only, and uses it for short ones too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_unflatten
from mlx_lm.models.rope_utils import SuScaledRoPE

from vibecoder.system.model_config import rope_of_layer, text_part
from vibecoder_mlx.model.rope import Angles, frequencies

__all__ = ["LongRoPE", "use_both_factors"]


class LongRoPE(nn.Module):  # type: ignore[misc]  # MLX is untyped
    """Rotary embedding (Ding et al., 2402.13753) whose factors depend on whether a text is longer than `trained`."""

    def __init__(self, dims: int, short: Angles, long: Angles, factor: float, trained: int) -> None:
        super().__init__()
        self.dims, self.trained, self._factor = dims, trained, factor
        self._short, self._long = (mx.array(1 / angles, dtype=mx.float32) for angles in (short, long))

    def __call__(self, x: mx.array, offset: int | mx.array = 0) -> mx.array:
        """Turn x [..., T, D] by its positions, from `offset` on."""
        end = x.shape[-2] + (offset if isinstance(offset, int) else int(np.max(np.array(offset))))
        scaled = x if self._factor == 1.0 else x.at[..., : self.dims].multiply(self._factor)
        freqs = self._long if end > self.trained else self._short
        return mx.fast.rope(scaled, self.dims, traditional=False, base=None, scale=1.0, offset=offset, freqs=freqs)


def use_both_factors(model: nn.Module, config: Mapping[str, Any]) -> None:
    """Put `LongRoPE` where mlx-lm has its own embedding of that kind."""
    text, replaced = text_part(config), []
    for name, module in model.named_modules():
        if isinstance(module, SuScaledRoPE):
            layer = next((int(part) for part in name.split(".") if part.isdigit()), 0)
            rope = rope_of_layer(text, layer)
            if rope is None or rope.get("rope_type") not in ("longrope", "su"):
                continue
            rope = {**rope, "rope_type": "longrope"}
            short, factor = frequencies(rope, module.dim, text)
            long, _ = frequencies({**rope, "short_factor": rope["long_factor"]}, module.dim, text)
            trained = rope.get("original_max_position_embeddings") or text["original_max_position_embeddings"]
            if short is not None and long is not None:
                replaced.append((name, LongRoPE(module.dim, short, long, factor, int(trained))))
    if replaced:
        model.update_modules(tree_unflatten(replaced))
