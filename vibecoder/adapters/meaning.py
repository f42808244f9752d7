"""What a PEFT configuration makes of the two matrices of each layer: their scale, or that it is another method."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from vibecoder.errors import ModelError

__all__ = ["layer_scale", "refuse_other_methods", "refuse_unreached"]

_PLAIN_INITS = ("gaussian", "eva", "orthogonal")
"""Ways to draw the first matrices that leave the base as it is; PEFT's others subtract what they draw from it."""
_READ = {
    "alpha_pattern", "exclude_modules", "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha",
    "lora_dropout", "peft_type", "r", "rank_pattern", "target_modules", "use_rslora",
}  # fmt: skip
_HARMLESS = {
    "auto_mapping", "base_model_name_or_path", "ensure_weight_tying", "eva_config", "inference_mode", "megatron_core",
    "peft_version", "qalora_group_size", "revision", "runtime_config", "task_type",
    "fine_tune_type", "lora_parameters", "num_layers",
}  # fmt: skip
"""Keys that change nothing in the model an adapter makes: PEFT's own housekeeping, and mlx-lm's keys."""
_DEFAULTS = {"bias": "none", "loftq_config": {}}


def refuse_other_methods(config: Mapping[str, Any], folder: object) -> None:
    """Refuse a configuration that is more than LoRA on linear layers, or whose base was changed.

    Raises:
        ModelError: DoRA, biases, whole modules, PiSSA and its like, or a key that is not known.
    """
    init = config.get("init_lora_weights", True)
    if isinstance(init, str) and init.lower() not in _PLAIN_INITS:
        raise ModelError(
            f"{folder} began with init_lora_weights={init}, which changes the base model too; convert it to plain "
            "LoRA with PEFT's save_pretrained(..., path_initial_model_for_weight_conversion=...)"
        )
    known = _READ | _HARMLESS
    others = [key for key, value in config.items() if key not in known and value and value != _DEFAULTS.get(key)]
    if others:
        raise ModelError(
            f"{folder} uses {', '.join(sorted(others))}; only LoRA on linear layers is supported: merge it into its "
            "base with PEFT's merge_and_unload and give the result as --model"
        )


def layer_scale(config: Mapping[str, Any], layer: str, rank: int) -> float:
    """Compute by what PEFT multiplies B A in `layer`: alpha / r, or alpha / sqrt(r) with `use_rslora`.

    Raises:
        ModelError: the configuration names another rank than the matrices have.
    """
    ranks, alphas = config.get("rank_pattern") or {}, config.get("alpha_pattern") or {}
    stated = int(ranks.get(_pattern(ranks, layer), config["r"]))
    if stated != rank:
        raise ModelError(f"{layer} has rank {rank} where adapter_config.json says {stated}; the two files do not match")
    alpha = float(alphas.get(_pattern(alphas, layer), config["lora_alpha"]))
    return alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank


def _pattern(patterns: Iterable[str], layer: str) -> str | None:
    return next((pattern for pattern in patterns if re.match(rf"(.*\.)?({pattern})$", layer)), None)


def refuse_unreached(config: Mapping[str, Any], layers: Iterable[str], folder: object) -> None:
    """Refuse weights of layers that the configuration does not reach: PEFT would leave them out without a word.

    Raises:
        ModelError: naming the first such layer.
    """
    for layer in layers:
        if not _reaches(config, layer):
            raise ModelError(
                f"{folder} has weights for {layer}, which target_modules, exclude_modules or layers_to_transform in "
                "its adapter_config.json leave out; the two files do not match"
            )


def _reaches(config: Mapping[str, Any], layer: str) -> bool:
    if (excluded := config.get("exclude_modules")) and _named(excluded, layer):
        return False
    targets = config.get("target_modules")
    if targets is not None and targets != "all-linear" and not _named(targets, layer):
        return False
    chosen = config.get("layers_to_transform")
    if isinstance(targets, str) or chosen is None or chosen == []:
        return True
    patterns = config.get("layers_pattern") or [r"[^.]*"]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    found = (re.match(rf"(?:^|.*?\.){pattern}\.(\d+)\.", layer) for pattern in patterns)
    number = next((int(match[1]) for match in found if match), None)
    return number in ([chosen] if isinstance(chosen, int) else chosen)


def _named(names: str | list[str], layer: str) -> bool:
    if isinstance(names, str):
        return re.fullmatch(names, layer) is not None
    return any(layer == name or layer.endswith(f".{name}") for name in names)
