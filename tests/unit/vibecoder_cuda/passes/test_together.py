"""Groups that share a forward pass give the losses and gradients of passes of their own, in fewer operator calls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM, Gemma3TextConfig, MistralConfig, MistralForCausalLM
from transformers.models.gemma3 import Gemma3ForCausalLM

from support.jobs import Recorder, counting_job
from support.small_nano import small_nano
from vibecoder.training.packing import pack
from vibecoder.types import Batch, ModelSpec, Rendered
from vibecoder_cuda.backend import CudaBackend
from vibecoder_cuda.objectives.sft import micro_batches
from vibecoder_cuda.passes.forward import summed_loss
from vibecoder_cuda.passes.together import attends_apart, can_be_together, inputs_together, segments_of

SMALL = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 64, "head_dim": 8,
}  # fmt: skip


def row(rng: np.random.Generator, start: np.ndarray, length: int) -> Rendered:
    ids = np.concatenate([start, rng.integers(10, 4000, length - len(start))]).astype(np.int32)
    mask = np.zeros(length, np.bool_)
    mask[len(start) + 3 :] = True
    return Rendered(ids, mask)


def three_groups() -> list[Batch]:
    """Two groups with a prefix each, and rows that share nothing."""
    rng = np.random.default_rng(0)
    shared = [rng.integers(10, 4000, length).astype(np.int32) for length in (48, 16, 0)]
    lengths = ((70, 61, 90), (33, 29), (40, 17, 55))
    rows = [[row(rng, start, n) for n in group] for start, group in zip(shared, lengths, strict=True)]
    return [pack(group, len(start)) for start, group in zip(shared, rows, strict=True)]


def test_losses_and_gradients_are_those_of_passes_of_their_own() -> None:
    model = AutoModelForCausalLM.from_pretrained(small_nano(), dtype=torch.float32, attn_implementation="sdpa")
    batches = three_groups()
    apart = sum(summed_loss(model, batch) for batch in batches)
    parameters = dict(model.named_parameters())
    expected = torch.autograd.grad(apart, list(parameters.values()), allow_unused=True)

    inputs, targets = inputs_together(batches)
    lengths, owner = inputs.pop("lengths"), inputs.pop("owner")
    assert int(targets.sum()) == sum(batch.supervised for batch in batches)
    assert lengths == (128, 48, -40, -24, -56)  # three causal rows of their own; multiples of 8
    with attends_apart(model):
        no_mask = torch.ones(1, 1, 1, 1, dtype=torch.bool)
        logits = model(**inputs, attention_mask=no_mask, segments=segments_of(owner, lengths)).logits[:, :-1]
    here = targets[:, 1:]
    together = torch.nn.functional.cross_entropy(logits[here], inputs["input_ids"][:, 1:][here], reduction="sum")
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-4)
    for name, one, other in zip(
        parameters, torch.autograd.grad(together, list(parameters.values())), expected, strict=True
    ):
        if name != "model.embed_tokens.weight" and other is not None:  # there the tied head takes part here alone
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3 * float(other.abs().max()), msg=name)
    assert model.config._attn_implementation == "sdpa"


def test_only_models_whose_attention_alone_mixes_tokens_take_part() -> None:
    assert can_be_together(AutoModelForCausalLM.from_pretrained(small_nano(), attn_implementation="sdpa"))
    assert not can_be_together(AutoModelForCausalLM.from_pretrained(small_nano(), attn_implementation="eager"))
    windows = MistralForCausalLM(MistralConfig(**SMALL, sliding_window=16))
    assert not can_be_together(windows)
    assert not can_be_together(Gemma3ForCausalLM(Gemma3TextConfig(**SMALL)))


def test_micro_batches_hold_every_group_within_the_tokens(tmp_path) -> None:
    schedule = replace(counting_job(tmp_path).schedule, tokens=256)
    joined = micro_batches(schedule, 1, together=True)
    assert [[group for micro in step for group in micro if group.rows] for step in joined] == [
        [group for group in step if group.rows] for step in schedule.steps
    ]
    assert len({len(step) for step in joined}) == 1
    assert len(joined[0]) < schedule.micro_batches
    alone = micro_batches(schedule, 2, together=False)
    assert all(len(micro) == 1 for step in alone for micro in step)
    assert len(alone[0]) % 2 == 0


class _Calls(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.computing = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.computing += not operator.is_view
        return operator(*args, **(kwargs or {}))


@pytest.mark.parametrize("quantization", ["none", "4bit"])
def test_a_run_is_the_same_in_fewer_calls(quantization: str, tmp_path) -> None:
    backend = CudaBackend(ModelSpec(str(small_nano()), quantization=quantization))
    job = counting_job(tmp_path / "together", keep="last")
    apart = replace(job, schedule=replace(job.schedule, tokens=0), folder=tmp_path / "apart")
    losses, calls = [], []
    for each in (replace(job, schedule=replace(job.schedule, tokens=8192)), apart):
        events, counted = Recorder(), _Calls()
        with counted:
            backend.train(each, events)
        losses.append(events.losses)
        calls.append(counted.computing)
    assert losses[0] == pytest.approx(losses[1], abs=2e-5)
    assert calls[0] < 0.8 * calls[1]
