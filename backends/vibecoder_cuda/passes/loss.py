"""The loss of a frozen LM head, at supervised positions only, with its gradient computed instead of kept logits.

softmax(z) - onehot through the head has the size of the hidden states, so it is computed with the loss and kept, and no
logit is computed twice (as in Cut Cross-Entropy, 2411.09009, and Liger). TRL's fused head computes them again in its
backward pass, adds an entropy and an accuracy, and without Triton scores every position; it stays for models that do
more with their logits than this.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from transformers import PreTrainedModel
from trl.trainer.utils import FusedCausalLMOutput

from vibecoder.memory_model.logits import chunk_rows
from vibecoder_cuda.passes.together import segments_of

__all__ = ["is_plain", "replace_head", "token_losses"]

IGNORED = -100
_SCALE = 1024.0
"""Keeps small probabilities in the range of float16 on their way through the head."""
_TRANSFORMS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")


def token_losses(
    hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, targets: torch.Tensor
) -> torch.Tensor:
    """Compute -log softmax(hidden weight' + bias)[target] of each position: [N, D] and [N] to [N], float32.

    Differentiable by `hidden` alone.
    """
    losses: torch.Tensor = _TokenLosses.apply(hidden, weight, bias, targets)
    return losses


class _TokenLosses(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, targets: torch.Tensor
    ) -> torch.Tensor:
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else hidden.dtype
        weight = weight.to(dtype)
        count, rows = len(hidden), chunk_rows(len(weight), kind == "cpu")
        losses = hidden.new_empty(count, dtype=torch.float32)
        slopes = hidden.new_empty(hidden.shape, dtype=torch.float32) if ctx.needs_input_grad[0] else None
        logits = hidden.new_empty((min(count, rows), len(weight)), dtype=dtype)
        with torch.autocast(kind, enabled=False):
            for start in range(0, count, rows):
                here = slice(start, min(start + rows, count))
                wanted = targets[here, None]
                part = torch.mm(hidden[here].to(dtype), weight.t(), out=logits[: len(wanted)])
                if bias is not None:
                    part += bias.to(dtype)
                wide = part.float()
                most = wide.amax(-1, keepdim=True)
                own = wide.gather(-1, wanted)
                summed = wide.sub_(most).exp_().sum(-1, keepdim=True)
                losses[here] = (summed.log() + most - own)[:, 0]
                if slopes is not None:
                    scale = _SCALE if dtype == torch.float16 else 1.0
                    wide.mul_(scale / summed)
                    wide.scatter_add_(-1, wanted, wide.new_full(wanted.shape, -scale))
                    slopes[here] = torch.mm(wide.to(dtype), weight).float().div_(scale)
                del wide
        ctx.slopes = slopes
        ctx.dtype = hidden.dtype
        return losses

    @staticmethod
    def backward(ctx: Any, grown: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return (ctx.slopes * grown[:, None]).to(ctx.dtype), None, None, None


def replace_head(model: PreTrainedModel) -> None:
    """Let the forward pass that TRL's trainer has put on `model` use `token_losses`, if the model's logits allow it."""
    theirs, head = model.forward, model.get_output_embeddings()
    if not is_plain(model):
        return

    def forward(self: PreTrainedModel, *args: Any, fused_lm_head: bool = False, **options: Any) -> Any:
        if not fused_lm_head:
            return theirs(*args, **options)
        labels = options.pop("labels")[:, 1:]
        options.pop("num_items_in_batch", None)
        if (lengths := options.pop("lengths", None)) is not None:
            options["segments"] = segments_of(options.pop("owner"), lengths)
            # A mask of four dimensions is taken as it is, so that transformers looks for none; attention ignores it.
            options["attention_mask"] = labels.new_ones(1, 1, 1, 1, dtype=torch.bool)
        hidden = self.base_model(*args, **options).last_hidden_state[:, :-1]
        mask = labels != IGNORED
        losses = token_losses(hidden[mask], head.weight, head.bias, labels[mask])
        # scattered, so that a batch without targets still has a gradient, of zero
        scores = losses.new_zeros(mask.shape).masked_scatter(mask, -losses)
        none = torch.zeros_like(scores)  # entropy and accuracy, which are for TRL's own log
        return FusedCausalLMOutput(log_probs=scores, entropy=none, is_top1=none, label_mask=mask)

    model.forward = MethodType(forward, model)


def is_plain(model: PreTrainedModel) -> bool:
    """Tell whether the logits are the head's output and nothing else, and the head is frozen and not adapted."""
    config, head = model.config.get_text_config(), model.get_output_embeddings()
    transformed = any(getattr(config, name, None) not in (None, 1, 1.0) for name in _TRANSFORMS)
    routed = getattr(config, "output_router_logits", False)
    return type(head) is torch.nn.Linear and not head.weight.requires_grad and not transformed and not routed
