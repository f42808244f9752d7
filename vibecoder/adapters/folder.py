"""Read and write the universal adapter, one folder that PEFT and mlx-lm both load.

`adapter_config.json` holds PEFT's keys and mlx-lm's side by side; each ignores the other's. The tensors stand in
`adapter_model.safetensors` under PEFT's names and, transposed, in `adapters.safetensors` under mlx-lm's.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from vibecoder.adapters.initial import LoraWeights, Pair
from vibecoder.adapters.meaning import layer_scale, refuse_other_methods, refuse_unreached
from vibecoder.adapters.names import layer_name
from vibecoder.errors import ModelError
from vibecoder.system.tensors import read_tensors
from vibecoder.types import LayerNames, LoraSpec

__all__ = ["Adapter", "check_changes_something", "check_fits", "read_adapter", "write_adapter"]

_PEFT = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<half>[AB])\.weight")
_MLX = re.compile(r"(?P<layer>.+)\.lora_(?P<half>[ab])")

_SENSES = re.compile(r"vision|visual|audio")
_Halves = dict[str, dict[str, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in the host's form, with the base model it was made for."""

    weights: LoraWeights
    lora: LoraSpec
    base_name: str


def write_adapter(
    folder: Path, weights: LoraWeights, lora: LoraSpec, base_name: str, names: LayerNames | None = None
) -> None:
    """Write an adapter into the existing, empty `folder`; `base_name` is what transformers opens as its base.

    `weights` has our names of layers; each file gets those that its reader uses, `names`.
    """
    names = names or LayerNames()
    peft, mlx = {}, {}
    for layer, (a, b) in weights.items():
        theirs = f"base_model.model.{_renamed(layer, names.peft)}"
        peft[f"{theirs}.lora_A.weight"] = np.ascontiguousarray(a, np.float32)
        peft[f"{theirs}.lora_B.weight"] = np.ascontiguousarray(b, np.float32)
        theirs = _renamed(layer, names.mlx)
        mlx[f"{theirs}.lora_a"] = np.ascontiguousarray(a.T, np.float32)
        mlx[f"{theirs}.lora_b"] = np.ascontiguousarray(b.T, np.float32)
    # Written by us, because safetensors' own writing hides a full disk in an error of its own.
    (folder / "adapter_model.safetensors").write_bytes(save(peft, metadata={"format": "pt"}))
    (folder / "adapters.safetensors").write_bytes(save(mlx, metadata={"format": "mlx"}))
    (folder / "adapter_config.json").write_text(json.dumps(_config(weights, lora, base_name), indent=2) + "\n")


def _renamed(layer: str, prefix: str) -> str:
    return prefix + layer.removeprefix("model.") if layer.startswith("model.") else layer


def _config(weights: LoraWeights, lora: LoraSpec, base_name: str) -> dict[str, Any]:
    blocks = [re.match(r"(?:.*\.)?layers\.(\d+)\.(.+)", layer) for layer in weights]
    layers = sorted({int(m.group(1)) for m in blocks if m})
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": lora.rank,
        "lora_alpha": int(lora.alpha) if float(lora.alpha).is_integer() else lora.alpha,  # some readers want an integer
        "lora_dropout": lora.dropout,
        "target_modules": sorted({layer.rsplit(".", 1)[-1] for layer in weights}),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "modules_to_save": None,
        "fine_tune_type": "lora",
        "num_layers": (layers[-1] + 1) if layers else 0,
        "lora_parameters": {
            "rank": lora.rank,
            "scale": lora.scale,
            "dropout": lora.dropout,
            "keys": sorted({m.group(2) for m in blocks if m}),
        },
    }


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter that vibecoder, PEFT or mlx-lm wrote, as plain LoRA of one rank and scale.

    Ranks and scales that differ from layer to layer are brought to one: matrices of a lower rank are filled up with
    zeros, and B takes what is left of the scale. The product in every layer is the one that PEFT computes.

    Raises:
        ModelError: a file is missing or damaged, it is not a LoRA adapter, or it changes nothing.
    """
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise ValueError("adapter_config.json holds no object")
        halves, scale_of = _read_mlx(folder, config) if _is_mlx(config) else _read_peft(folder, config)
        dropout, base = float(config.get("lora_dropout") or 0.0), str(config.get("base_model_name_or_path") or "")
    except (OSError, ValueError, KeyError, TypeError, re.error) as error:
        reason = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"{folder} is not an adapter: {reason}; give a folder with adapter_config.json and "
            "adapter_model.safetensors"
        ) from error
    layers = {layer: _pair(folder, layer, pair) for layer, pair in sorted(halves.items())}
    if not layers:
        raise ModelError(f"the adapter {folder} holds no layer; give one that was trained")
    scales = {layer: scale_of(layer, a.shape[0]) for layer, (a, _) in layers.items()}
    rank = max(a.shape[0] for a, _ in layers.values())
    counts = Counter(scales.values())
    scale = max(counts, key=lambda scale: (counts[scale], scale)) or 1.0
    weights = {layer_name(layer): _as_one(pair, rank, scales[layer] / scale) for layer, pair in layers.items()}
    targets = tuple(sorted({layer.rsplit(".", 1)[-1] for layer in weights}))
    alpha = float(config["lora_alpha"]) if config.get("lora_alpha") == scale * rank else scale * rank
    return Adapter(weights, LoraSpec(rank, alpha, dropout, targets), base)


def _is_mlx(config: Mapping[str, Any]) -> bool:
    return "peft_type" not in config and isinstance(config.get("lora_parameters"), dict)


def _read_peft(folder: Path, config: dict[str, Any]) -> tuple[_Halves, Callable[[str, int], float]]:
    if config.get("peft_type") != "LORA":
        raise ModelError(f"{folder} is a {config.get('peft_type')} adapter; only LORA adapters can be trained on")
    refuse_other_methods(config, folder)
    halves = _halves(folder, read_tensors(folder / "adapter_model.safetensors"), _PEFT)
    refuse_unreached(config, halves, folder)
    return halves, lambda layer, rank: layer_scale(config, layer, rank)


def _read_mlx(folder: Path, config: dict[str, Any]) -> tuple[_Halves, Callable[[str, int], float]]:
    if config.get("fine_tune_type", "lora") != "lora":
        raise ModelError(f"{folder} holds mlx-lm's {config['fine_tune_type']} weights; only LoRA can be trained on")
    scale = float(config["lora_parameters"]["scale"])
    tensors = {name: tensor.T for name, tensor in read_tensors(folder / "adapters.safetensors").items()}
    return _halves(folder, tensors, _MLX), lambda layer, rank: scale


def _halves(folder: Path, tensors: Mapping[str, NDArray[np.float32]], pattern: re.Pattern[str]) -> _Halves:
    halves: _Halves = {}
    for name, tensor in tensors.items():
        match = pattern.fullmatch(name)
        if not match:
            raise ModelError(f"{folder}: unexpected tensor {name}; only LoRA on linear layers is supported")
        halves.setdefault(match["layer"], {})[match["half"].upper()] = tensor
    return halves


def _pair(folder: Path, layer: str, halves: Mapping[str, NDArray[np.float32]]) -> Pair:
    if set(halves) != {"A", "B"}:
        raise ModelError(f"the adapter {folder} has one of two matrices of {layer} only; copy or download it again")
    a, b = halves["A"], halves["B"]
    if a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1]:
        raise ModelError(f"the adapter {folder}: the matrices of {layer}, {a.shape} and {b.shape}, are no LoRA pair")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ModelError(f"the adapter {folder} has numbers that are not finite in {layer}; use an earlier checkpoint")
    return a, b


def _as_one(pair: Pair, rank: int, factor: float) -> Pair:
    """Pad a pair to `rank` with rows and columns of zeros, and multiply B by `factor`, for one common scale."""
    a, b = pair
    missing = rank - a.shape[0]
    if factor != 1.0:
        b = (b * factor).astype(np.float32)
    return (np.pad(a, ((0, missing), (0, 0))), np.pad(b, ((0, 0), (0, missing)))) if missing else (a, b)


def check_changes_something(folder: Path, adapter: Adapter) -> None:
    """Refuse an adapter whose every layer adds zero: judged or trained on, it would be its base model.

    Raises:
        ModelError: one of the two matrices is zero in every layer.
    """
    if not any(a.any() and b.any() for a, b in adapter.weights.values()):
        raise ModelError(
            f"the adapter {folder} changes nothing: its matrices are zero in every layer; leave it out, or give one "
            "that was trained"
        )


def check_fits(folder: Path, weights: LoraWeights, shapes: dict[str, tuple[int, int]]) -> None:
    """Refuse an adapter whose layers are not the model's, where `shapes` maps layer -> (in, out).

    Raises:
        ModelError: it was made for another base model.
    """
    for layer, (a, b) in weights.items():
        if layer not in shapes:
            if _SENSES.search(layer):
                raise ModelError(
                    f"the adapter {folder} has weights for {layer}; only those of text layers are supported"
                )
            raise ModelError(f"the adapter {folder} is of another base model: this one has no layer {layer}")
        if (a.shape[1], b.shape[0]) != shapes[layer]:
            raise ModelError(
                f"the adapter {folder} is of another base model: {layer} is {a.shape[1]}x{b.shape[0]} there "
                f"and {shapes[layer][0]}x{shapes[layer][1]} here; use the base it was trained on"
            )
