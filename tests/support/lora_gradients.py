"""Loss and LoRA gradients of one batch on an opened backend, by its own loss or by the model's full logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vibecoder.adapters.initial import LoraWeights
from vibecoder.training.packing import pack
from vibecoder.types import Backend, Batch, LoraSpec, Rendered

Gradients = dict[str, NDArray[np.float32]]


def random_lora() -> LoraWeights:
    """LoRA of rank 4 on every linear layer of nano, both halves random, so that every gradient is far from zero."""
    rng = np.random.default_rng(0)
    sizes = {"q_proj": (256, 256), "k_proj": (256, 128), "v_proj": (256, 128), "o_proj": (256, 256)}
    parts = {f"self_attn.{name}": size for name, size in sizes.items()}
    parts |= {"mlp.gate_proj": (256, 704), "mlp.up_proj": (256, 704), "mlp.down_proj": (704, 256)}
    return {
        f"model.layers.{layer}.{name}": tuple(
            rng.normal(0, 0.05, shape).astype(np.float32) for shape in ((4, inputs), (outputs, 4))
        )
        for layer in range(2)
        for name, (inputs, outputs) in parts.items()
    }


def packed_group(shared: int, suffixes: tuple[int, ...], seed: int, all_targets: bool) -> Batch:
    """Random rows that share their first `shared` tokens; each suffix ends with a target."""
    rng = np.random.default_rng(seed)
    prefix = rng.integers(1, 4000, shared)
    rows = []
    for length in suffixes:
        ids = np.concatenate([prefix, rng.integers(1, 4000, length)]).astype(np.int32)
        mask = np.zeros(len(ids), np.bool_)
        mask[shared + 1 :] = True if all_targets else rng.random(length - 1) < 0.4
        mask[-1] = True
        rows.append(Rendered(ids, mask))
    return pack(rows, shared)


def gradients(
    backend: Backend, batch: Batch, lora: LoraSpec, weights: LoraWeights, full_logits: bool = False
) -> tuple[float, Gradients]:
    """Summed cross-entropy and its gradients; with `full_logits` straight from what the model's forward returns."""
    return (_mlx if backend.name == "mlx" else _cuda)(backend, batch, lora, weights, full_logits)


def _mlx(backend: Backend, batch: Batch, lora: LoraSpec, weights: LoraWeights, full: bool) -> tuple[float, Gradients]:
    import mlx.core as mx
    import mlx.nn as nn
    from mlx.utils import tree_flatten

    from vibecoder_mlx.model.lora import attach, detach
    from vibecoder_mlx.passes.forward import summed_loss

    def padded(batch: Batch) -> mx.array:
        logits = backend.model(mx.array(batch.ids[:, :-1])).astype(mx.float32)
        losses = nn.losses.cross_entropy(logits, mx.array(batch.ids[:, 1:]))
        return (losses * mx.array(batch.loss_mask[:, 1:])).sum()

    attach(backend.model, weights, lora)
    try:
        call = padded if full else lambda batch: summed_loss(backend._parts, batch)
        loss, grown = nn.value_and_grad(backend.model, call)(batch)
        mx.eval(loss, grown)
        return float(loss), {name: np.array(value) for name, value in tree_flatten(grown)}
    finally:
        detach(backend.model)


def _cuda(backend: Backend, batch: Batch, lora: LoraSpec, weights: LoraWeights, full: bool) -> tuple[float, Gradients]:
    import torch

    from vibecoder_cuda.model.lora import attach, detach
    from vibecoder_cuda.passes.forward import summed_loss

    adapted = attach(backend.model, weights, lora)
    try:
        if full:
            ids, mask = torch.from_numpy(batch.ids).long(), torch.from_numpy(batch.loss_mask)
            logits = adapted(input_ids=ids).logits[:, :-1][mask[:, 1:]]
            loss = torch.nn.functional.cross_entropy(logits, ids[:, 1:][mask[:, 1:]], reduction="sum")
        else:
            loss = summed_loss(adapted.get_base_model(), batch)
        loss.backward()
        grown = {n: p.grad.numpy().copy() for n, p in adapted.named_parameters() if p.requires_grad}
        return float(loss), grown
    finally:
        detach(adapted)
