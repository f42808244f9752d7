"""Replies with shared beginnings are those of transformers' own generation, and finished ones leave the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from support.small_nano import small_nano
from vibecoder_cuda import generate
from vibecoder_cuda.passes import decode

RNG = np.random.default_rng(3)
SHARED = RNG.integers(10, 4000, 90).tolist()
PROMPTS = [
    *[[*SHARED, *RNG.integers(10, 4000, count).tolist()] for count in (1, 4, 30, 7)],
    *[[*SHARED[:40], *RNG.integers(10, 4000, 25).tolist()] for _ in range(3)],
    RNG.integers(10, 4000, 55).tolist(),
    [77],
    SHARED,
    SHARED,
]
NEW = 20


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def model(request: pytest.FixtureRequest) -> PreTrainedModel:
    if request.param == "qwen2":
        opened = AutoModelForCausalLM.from_pretrained(small_nano(), dtype=torch.float32, attn_implementation="sdpa")
        return opened.requires_grad_(False).eval()
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=4096, initializer_range=0.2,
    )  # fmt: skip
    return LlamaForCausalLM(config).requires_grad_(False).eval()


def theirs(model: PreTrainedModel, stop: tuple[int, ...]) -> list[list[int]]:
    order = sorted(range(len(PROMPTS)), key=lambda i: len(PROMPTS[i]))
    found = generate._padded(model, order, PROMPTS, NEW, stop)
    return [found[i] for i in range(len(PROMPTS))]


@pytest.mark.parametrize("look", [1, 8])
def test_replies_are_those_of_transformers(model: PreTrainedModel, look: int, monkeypatch: pytest.MonkeyPatch) -> None:
    free = theirs(model, ())
    stop = (free[0][3], free[4][6], free[7][0])  # so that replies end at different places
    monkeypatch.setattr(decode, "_LOOK", look)
    assert generate.greedy(model, PROMPTS, NEW, ()) == free
    ended = generate.greedy(model, PROMPTS, NEW, stop)
    assert ended == theirs(model, stop)
    assert len({len(reply) for reply in ended}) > 2


def test_what_is_shared_is_read_once_and_the_finished_leave(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = (theirs(model, ())[0][3],)
    ended = generate.greedy(model, PROMPTS, NEW, stop)
    shapes: list[tuple[int, int]] = []
    hook = model.base_model.register_forward_pre_hook(
        lambda _, __, inputs: shapes.append(tuple(inputs["input_ids"].shape)), with_kwargs=True
    )
    try:
        generate.greedy(model, PROMPTS, NEW, stop)
    finally:
        hook.remove()
    read = [rows * tokens for rows, tokens in shapes if tokens > 1]
    assert sum(read) < 0.7 * sum(map(len, PROMPTS))
    rows = [rows for rows, tokens in shapes if tokens == 1]
    assert rows == [sum(len(reply) >= count for reply in ended) for count in range(1, len(rows) + 1)]
    assert rows[0] > rows[-1]


def test_batches_keep_within_the_room(model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate.greedy(model, PROMPTS, NEW, ())
    monkeypatch.setattr(generate, "_room", lambda _: 4 * (len(PROMPTS[2]) + NEW))
    monkeypatch.setattr(generate, "_READ_AT_ONCE", 128)
    assert generate.greedy(model, PROMPTS, NEW, ()) == whole
