"""Read a model's sizes and parameter counts from its `config.json`, the only file fetched for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vibecoder.errors import ModelError
from vibecoder.models import EMBEDDED, local_folder, read_config
from vibecoder.types import Dimensions, LoraSpec

__all__ = ["config_of", "dimensions_of", "layer_weights", "lora_parameters", "small_weights", "table_weights"]

_NAMES = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers"),
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "vocabulary": ("vocab_size",),
}
_BIASED = ("qwen2", "qwen2_moe")
"""Model types whose query, key and value projections have a bias that their config does not mention."""


def config_of(name: str, *, fetch: bool = True) -> dict[str, Any] | None:
    """Read the `config.json` of a model by name; with `fetch` false return None instead of downloading or converting.

    Raises:
        ModelError: there is no such model, or its config cannot be had.
    """
    if folder := local_folder(name, make=fetch):
        return read_config(folder)
    if name in EMBEDDED or name.lower().endswith(".gguf"):
        return None
    from huggingface_hub import errors, hf_hub_download, try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(name, "config.json")
        if not isinstance(cached, str) and not fetch:
            return None
        file = cached if isinstance(cached, str) else hf_hub_download(name, "config.json")
        config: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    except errors.HFValidationError as error:
        raise ModelError(f"{name} is neither a folder nor a Hugging Face id (USER/NAME)") from error
    except Exception as error:
        raise ModelError(
            f"the config.json of {name} is not on this machine and could not be downloaded "
            f"({type(error).__name__}); check the spelling and the connection"
        ) from error
    return config


def dimensions_of(config: Mapping[str, Any]) -> Dimensions:
    """Read the sizes of the decoder from a `config.json`; vision models have them under `text_config`.

    Raises:
        ModelError: it does not say how large a decoder it describes.
    """
    config = {**config, **config["text_config"]} if isinstance(config.get("text_config"), Mapping) else config
    found = {key: _first(config, *names) for key, names in _NAMES.items()}
    missing = [_NAMES[key][0] for key, value in found.items() if not value]
    if missing:
        raise ModelError(f"the model's config.json has no {', '.join(missing)}; its memory cannot be predicted")
    hidden, heads = int(found["hidden"]), int(found["heads"])
    kv_heads = int(_first(config, "num_key_value_heads") or heads)
    head_dim = int(_first(config, "head_dim") or hidden // heads)
    experts = int(_first(config, "num_local_experts", "num_experts", "n_routed_experts") or 1)
    ff = _first(config, "moe_intermediate_size") if experts > 1 else None
    ff = int(ff or _first(config, "intermediate_size", "n_inner", "ffn_dim") or 4 * hidden)
    biased = config.get("attention_bias") or config.get("model_type") in _BIASED
    return Dimensions(
        layers=int(found["layers"]),
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        ff=ff,
        vocabulary=int(found["vocabulary"]),
        tied=bool(config.get("tie_word_embeddings", True)),
        biases=(heads + 2 * kv_heads) * head_dim if biased else 0,
        experts=experts,
        experts_used=int(_first(config, "num_experts_per_tok") or 1) if experts > 1 else 1,
    )


def layer_weights(d: Dimensions) -> int:
    """Count the parameters of the linear layers of all blocks, which quantization shrinks."""
    attention = 2 * d.hidden * d.queries + 2 * d.hidden * d.keys
    return d.layers * (attention + 3 * d.hidden * d.ff * d.experts)


def table_weights(d: Dimensions) -> int:
    """Count the parameters of the embedding and of an untied head."""
    return d.vocabulary * d.hidden * (1 if d.tied else 2)


def small_weights(d: Dimensions) -> int:
    """Count the parameters of norms and biases, never quantized."""
    return d.layers * (2 * d.hidden + d.biases) + d.hidden


def lora_parameters(d: Dimensions, lora: LoraSpec) -> int:
    """Count the parameters of the adapter; experts get none."""
    h, q, k, f = d.hidden, d.queries, d.keys, d.ff
    widths = {"q_proj": h + q, "k_proj": h + k, "v_proj": h + k, "o_proj": q + h}
    if d.experts == 1:
        widths |= {"gate_proj": h + f, "up_proj": h + f, "down_proj": f + h}
    return d.layers * lora.rank * sum(widths.get(target, 0) for target in lora.targets)


def _first(config: Mapping[str, Any], *names: str) -> Any:
    return next((config[name] for name in names if config.get(name) is not None), None)
