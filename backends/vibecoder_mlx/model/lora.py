"""Attach LoRA layers to an MLX model and detach them; weights are in the host's form."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_unflatten
from mlx_lm.tuner.lora import LoRALinear

from vibecoder.adapters.initial import LoraWeights, Pair, is_target
from vibecoder.adapters.names import layer_name, text_layers
from vibecoder.types import LoraSpec

__all__ = ["attach", "detach", "layer_shapes", "read_weights"]


def layer_shapes(model: nn.Module, lora: LoraSpec) -> dict[str, tuple[int, int]]:
    """List the target layers of a model without adapters: our name -> (in, out)."""
    modules, found = dict(model.named_modules()), {}
    for name, theirs in text_layers(modules).items():
        module = modules[theirs]
        if is_target(name, lora) and isinstance(module, (nn.Linear, nn.QuantizedLinear)):
            outputs, inputs = module.weight.shape
            if isinstance(module, nn.QuantizedLinear):
                inputs = inputs * 32 // module.bits
            found[name] = (inputs, outputs)
    return found


def attach(model: nn.Module, weights: LoraWeights, lora: LoraSpec) -> None:
    """Wrap the layers named in `weights`; only their two matrices, in float32, are trainable then."""
    modules = dict(model.named_modules())
    names, wrapped = text_layers(modules), []
    for name, (a, b) in weights.items():
        layer = LoRALinear.from_base(modules[names[name]], r=lora.rank, dropout=lora.dropout, scale=lora.scale)
        layer.lora_a, layer.lora_b = mx.array(a.T), mx.array(b.T)
        wrapped.append((names[name], layer))
    model.update_modules(tree_unflatten(wrapped))


def detach(model: nn.Module) -> None:
    """Give the base model its own layers back."""
    bare = [(name, module.linear) for name, module in model.named_modules() if isinstance(module, LoRALinear)]
    if bare:
        model.update_modules(tree_unflatten(bare))


def read_weights(model: nn.Module) -> dict[str, Pair]:
    """Copy the adapter's current weights into the host's form."""
    return {
        layer_name(name): (np.array(module.lora_a, np.float32).T.copy(), np.array(module.lora_b, np.float32).T.copy())
        for name, module in model.named_modules()
        if isinstance(module, LoRALinear)
    }
