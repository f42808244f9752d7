"""Attach LoRA layers to a transformers model and detach them; weights are in the host's form."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import PreTrainedModel

from vibecoder.adapters.initial import LoraWeights, Pair, is_target
from vibecoder.adapters.names import layer_name, text_layers
from vibecoder.types import LoraSpec

__all__ = ["attach", "detach", "layer_shapes", "read_weights", "write_weights"]

_NAME = "default"


def layer_shapes(model: PreTrainedModel, lora: LoraSpec) -> dict[str, tuple[int, int]]:
    """List the target layers of a model without adapters: our name -> (in, out)."""
    modules = dict(model.named_modules())
    linear = {name: modules[theirs] for name, theirs in text_layers(modules).items() if is_target(name, lora)}
    return {
        name: (module.in_features, module.out_features)
        for name, module in linear.items()
        if isinstance(module, torch.nn.Linear)
    }


def attach(model: PreTrainedModel, weights: LoraWeights, lora: LoraSpec) -> PeftModel:
    """Wrap the layers named in `weights`; only their two matrices, in float32, are trainable then."""
    names = text_layers(name for name, _ in model.named_modules())
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=[names[name] for name in weights],
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, config)
    write_weights(adapted, weights)
    return adapted


def detach(adapted: PeftModel) -> None:
    """Give the base model its own layers back, as if nothing had been attached or trained."""
    base = adapted.get_base_model()
    base.activation_checkpointing_disable()
    base.disable_input_require_grads()
    adapted.unload()
    vars(base).pop("peft_config", None)
    base.eval()


def read_weights(adapted: PeftModel) -> dict[str, Pair]:
    """Copy the adapter's current weights into the host's form."""
    return {name: (_array(layer.lora_A), _array(layer.lora_B)) for name, layer in _layers(adapted)}


def write_weights(adapted: PeftModel, weights: LoraWeights) -> None:
    """Set the adapter to `weights` in float32, whatever dtype its parameters had; they stay the same objects."""
    with torch.no_grad():
        for name, layer in _layers(adapted):
            for halves, values in zip((layer.lora_A, layer.lora_B), weights[name], strict=True):
                parameter = halves[_NAME].weight
                parameter.data = torch.tensor(values, dtype=torch.float32, device=parameter.device)


def _layers(adapted: PeftModel) -> Iterator[tuple[str, LoraLayer]]:
    for name, module in adapted.get_base_model().named_modules():
        if isinstance(module, LoraLayer):
            yield layer_name(name), module


def _array(halves: torch.nn.ModuleDict) -> NDArray[np.float32]:
    array: NDArray[np.float32] = halves[_NAME].weight.detach().float().cpu().numpy().copy()
    return array
