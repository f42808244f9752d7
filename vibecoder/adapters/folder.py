"""Read and write the universal adapter, one folder that PEFT and mlx-lm both load.

`adapter_config.json` holds PEFT's keys and mlx-lm's side by side; each ignores the other's. The tensors stand in
`adapter_model.safetensors` under PEFT's names and, transposed, in `adapters.safetensors` under mlx-lm's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from vibecoder.adapters.initial import LoraWeights, Pair
from vibecoder.errors import ModelError
from vibecoder.types import LoraSpec

__all__ = ["Adapter", "check_fits", "read_adapter", "write_adapter"]

_UNREAD = (
    "alora_invocation_tokens", "alpha_pattern", "arrow_config", "fan_in_fan_out", "kasa_config", "layer_replication",
    "lora_bias", "rank_pattern", "use_bdlora", "use_dora", "use_qalora", "use_rslora",
)  # fmt: skip
"""Keys of PEFT that change what the two matrices mean: without them read, the adapter would do something else."""
_PEFT = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<half>[AB])\.weight")


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in the host's form, with the base model it was made for."""

    weights: LoraWeights
    lora: LoraSpec
    base_name: str


def write_adapter(folder: Path, weights: LoraWeights, lora: LoraSpec, base_name: str) -> None:
    """Write an adapter into the existing, empty `folder`; `base_name` is what transformers opens as its base."""
    peft, mlx = {}, {}
    for layer, (a, b) in weights.items():
        peft[f"base_model.model.{layer}.lora_A.weight"] = np.ascontiguousarray(a, np.float32)
        peft[f"base_model.model.{layer}.lora_B.weight"] = np.ascontiguousarray(b, np.float32)
        mlx[f"{layer}.lora_a"] = np.ascontiguousarray(a.T, np.float32)
        mlx[f"{layer}.lora_b"] = np.ascontiguousarray(b.T, np.float32)
    # Written by us, because safetensors' own writing hides a full disk in an error of its own.
    (folder / "adapter_model.safetensors").write_bytes(save(peft, metadata={"format": "pt"}))
    (folder / "adapters.safetensors").write_bytes(save(mlx, metadata={"format": "mlx"}))
    (folder / "adapter_config.json").write_text(json.dumps(_config(weights, lora, base_name), indent=2) + "\n")


def _config(weights: LoraWeights, lora: LoraSpec, base_name: str) -> dict[str, Any]:
    blocks = [re.match(r"(?:.*\.)?layers\.(\d+)\.(.+)", layer) for layer in weights]
    layers = sorted({int(m.group(1)) for m in blocks if m})
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
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
    """Read an adapter that vibecoder or PEFT wrote.

    Raises:
        ModelError: a file is missing or damaged, or it is not a LoRA adapter.
    """
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "adapter_model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"{folder} is not an adapter: {error}; give a folder with adapter_config.json and adapter_model.safetensors"
        ) from error
    if config.get("peft_type") != "LORA":
        raise ModelError(f"{folder} is a {config.get('peft_type')} adapter; only LORA adapters can be trained on")
    if unread := [name for name in _UNREAD if config.get(name)]:
        raise ModelError(f"{folder} uses {', '.join(unread)}; only plain LoRA, of scale alpha / rank, is supported")
    halves: dict[str, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        match = _PEFT.fullmatch(name)
        if not match:
            raise ModelError(f"{folder}: unexpected tensor {name}; only plain LoRA on linear layers is supported")
        halves.setdefault(match["layer"], {})[match["half"]] = tensor.astype(np.float32)
    weights: dict[str, Pair] = {layer: (pair["A"], pair["B"]) for layer, pair in halves.items()}
    targets = tuple(sorted({layer.rsplit(".", 1)[-1] for layer in weights}))
    lora = LoraSpec(int(config["r"]), float(config["lora_alpha"]), float(config.get("lora_dropout", 0.0)), targets)
    return Adapter(weights, lora, str(config.get("base_model_name_or_path", "")))


def check_fits(folder: Path, weights: LoraWeights, shapes: dict[str, tuple[int, int]]) -> None:
    """Refuse an adapter whose layers are not the model's, where `shapes` maps layer -> (in, out).

    Raises:
        ModelError: it was made for another base model.
    """
    for layer, (a, b) in weights.items():
        if layer not in shapes:
            raise ModelError(f"the adapter {folder} is of another base model: this one has no layer {layer}")
        if (a.shape[1], b.shape[0]) != shapes[layer]:
            raise ModelError(
                f"the adapter {folder} is of another base model: {layer} is {a.shape[1]}x{b.shape[0]} there "
                f"and {shapes[layer][0]}x{shapes[layer][1]} here; use the base it was trained on"
            )
