"""Greedy replies of the CUDA backend equal those of the plainest loop, whatever the batch."""

from __future__ import annotations

import numpy as np
import torch

from support.jobs import Recorder


def argmax_loop(model, prompt, count, stop):
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(count):
            token = int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
            if token in stop:
                break
            ids.append(token)
    return ids[len(prompt) :]


def test_batches_equal_a_plain_loop(opened):
    backend = opened()
    rng = np.random.default_rng(3)
    prompts = [rng.integers(0, 4000, int(rng.integers(1, 50))).tolist() for _ in range(19)]
    stop = [4087, argmax_loop(backend.model, prompts[0], 3, [])[2]]
    expected = [argmax_loop(backend.model, prompt, 8, stop) for prompt in prompts]
    assert len(expected[0]) == 2
    assert backend.generate(prompts, None, 8, stop) == expected


def test_an_adapter_changes_replies_and_leaves_again(opened, make_job, tmp_path):
    backend = opened()
    result = backend.train(make_job(tmp_path), Recorder())
    prompts = [[7 * i for i in range(30)], [9, 8, 7]]
    bare = backend.generate(prompts, None, 8, [4087])
    assert backend.generate(prompts, result.adapter, 8, [4087]) != bare
    assert backend.generate(prompts, None, 8, [4087]) == bare
    assert backend.generate([], None, 8, [4087]) == []
