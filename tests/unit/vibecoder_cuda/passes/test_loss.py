"""backends/vibecoder_cuda/passes/loss.py: the head's loss equals cross-entropy over full logits, gradient included."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy
from transformers import Gemma2Config, Gemma2ForCausalLM, PreTrainedModel, Qwen2Config, Qwen2ForCausalLM

from vibecoder.training.packing import pack
from vibecoder.types import Rendered
from vibecoder_cuda.passes import loss as heads
from vibecoder_cuda.passes.forward import log_probabilities, summed_loss
from vibecoder_cuda.passes.loss import is_plain, replace_head, token_losses

SIZES = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
QWEN = Qwen2Config(vocab_size=50, num_key_value_heads=1, **SIZES)
CAPPED = Gemma2Config(vocab_size=50, num_key_value_heads=1, head_dim=8, **SIZES)


def _case(positions: int, vocabulary: int, bias: bool, seed: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(seed)
    hidden = torch.randn(positions, 8, requires_grad=True)
    weight, shift = torch.randn(vocabulary, 8), torch.randn(vocabulary) if bias else None
    return hidden, weight, shift, torch.randint(vocabulary, (positions,))


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(2, 40), st.booleans(), st.integers(0, 99))
def test_losses_and_their_gradient_are_those_of_full_logits(
    positions: int, vocabulary: int, bias: bool, seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "chunk_rows", lambda *_: 1 + seed % 4)
        hidden, weight, shift, targets = _case(positions, vocabulary, bias, seed)
        weights = torch.linspace(0.5, 2, positions)
        losses = token_losses(hidden, weight, shift, targets)
        (losses * weights).sum().backward()
        grown, hidden.grad = hidden.grad, None
        full = cross_entropy(torch.nn.functional.linear(hidden, weight, shift), targets, reduction="none")
        (full * weights).sum().backward()
        torch.testing.assert_close(losses, full, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(grown, hidden.grad, rtol=1e-5, atol=1e-5)


def test_half_precision_keeps_the_gradient_of_many_small_probabilities() -> None:
    hidden, weight, _, targets = _case(3, 50_000, False, 0)
    hidden = (hidden / 8).detach().requires_grad_()  # probabilities near 2e-5: 3 digits at best in float16
    token_losses(hidden.half(), weight.half(), None, targets).sum().backward()
    half, hidden.grad = hidden.grad, None
    token_losses(hidden, weight, None, targets).sum().backward()
    assert (half - hidden.grad).norm() < 2e-3 * hidden.grad.norm()


@pytest.mark.parametrize("kind", ["plain", "capped"])
def test_a_batch_loses_what_its_rows_lose_by_full_logits(kind: str) -> None:
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(QWEN) if kind == "plain" else Gemma2ForCausalLM(CAPPED)
    model.requires_grad_(False).eval()
    assert is_plain(model) == (kind == "plain")
    rows = [[5, 6, 7, 8, 9], [3, 4, 5, 6]]
    masks = [[False, False, True, True, True], [False, True, False, True]]
    batch = pack([Rendered(np.array(r, np.int32), np.array(m)) for r, m in zip(rows, masks, strict=True)])
    wanted = np.zeros(batch.ids.shape, np.float32)
    for at, (row, mask) in enumerate(zip(rows, masks, strict=True)):
        scores = model(torch.tensor([row])).logits[0].log_softmax(-1)
        for place in np.flatnonzero(mask):
            wanted[at, place] = scores[place - 1, row[place]]
    np.testing.assert_allclose(log_probabilities(model, batch), wanted, rtol=1e-5, atol=1e-5)
    assert float(summed_loss(model, batch)) == pytest.approx(-wanted.sum(), rel=1e-5)


def _patched(model: PreTrainedModel) -> bool:
    """Whether `replace_head` puts its own forward pass on the model."""
    model.requires_grad_(False)
    before = model.forward
    replace_head(model)
    return model.forward != before


def test_a_head_that_is_all_there_is_to_the_logits_is_replaced_and_no_other() -> None:
    assert _patched(Qwen2ForCausalLM(QWEN))
    assert not _patched(Gemma2ForCausalLM(CAPPED))
    trained = Qwen2ForCausalLM(QWEN)
    replace_head(trained)
    assert "forward" not in vars(trained)  # its head would get no gradient
