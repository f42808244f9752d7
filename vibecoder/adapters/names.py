"""Names of layers: ours for every base model, and those that transformers and mlx-lm give the same layers.

The three differ where the text model lies in a wrapper with eyes or ears. Ours are those of the bare text model:
`model.layers.0.self_attn.q_proj`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vibecoder.types import LayerNames

__all__ = ["layer_name", "layer_names", "text_layers"]

_WRAPPER = "language_model"
_BARE = "model."
_TEXT_ONLY = {"dots3_note", "emu3", "llama4", "mllama", "qwen3_5", "qwen3_5_moe", "qwen4_exp"}
"""Model types whose `AutoModelForCausalLM` in transformers is the text model without its wrapper."""
_INSIDE = {"gemma3n"}
"""Model types that mlx-lm wraps as transformers does, `model.language_model.`, and not the other way round."""


def layer_name(name: str) -> str:
    """Turn a library's name of a layer into ours: without the wrapper around the text model."""
    parts = name.split(".")
    if _WRAPPER not in parts:
        return name
    bare = ".".join(part for part in parts if part != _WRAPPER)
    return bare if bare.startswith(_BARE) else _BARE + bare


def text_layers(names: Iterable[str]) -> dict[str, str]:
    """Map our names to the library's, for the layers of the text model alone: those of eyes and ears are left out."""
    names = list(names)
    wrapped = [name for name in names if _WRAPPER in name.split(".")]
    return {layer_name(name): name for name in wrapped or names}


def layer_names(config: Mapping[str, Any]) -> LayerNames:
    """Look up under which names an adapter of the model with this `config.json` is read by PEFT and by mlx-lm."""
    if not isinstance(config.get("text_config"), Mapping):
        return LayerNames()
    kind = str(config.get("model_type"))
    return LayerNames(
        peft=_BARE if kind in _TEXT_ONLY else f"{_BARE}{_WRAPPER}.",
        mlx=f"{_BARE}{_WRAPPER}." if kind in _INSIDE else f"{_WRAPPER}.{_BARE}",
    )
