"""MLX computes a prefix once for all micro-batches that have it: the same gradients, dropout too, in less memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlx.utils import tree_flatten, tree_map

from support.jobs import TARGETS, Recorder
from support.lora_gradients import Gradients, gradients, packed_group
from support.token_rows import row
from vibecoder import plugins
from vibecoder.adapters.initial import LoraWeights
from vibecoder.models import NANO
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import group_runs, halves, prefix_runs, unshared
from vibecoder.types import Backend, Batch, LoraSpec, ModelSpec, Stepped, TrainJob
from vibecoder_mlx.model.lora import attach, detach
from vibecoder_mlx.passes.forward import summed_loss
from vibecoder_mlx.passes.gradients import run_gradients

LORA = LoraSpec(4, 8, 0.0, TARGETS)


@pytest.fixture(scope="module")
def opened() -> Iterator[Backend]:
    backend = plugins.load().backend("mlx").open(ModelSpec(str(NANO), precision="float32"))
    backend.name = "mlx"
    yield backend
    backend.close()


def of_run(backend: Backend, run: list[Batch], lora: LoraSpec, weights: LoraWeights) -> tuple[float, Gradients]:
    attach(backend.model, weights, lora)
    try:
        loss, grown = run_gradients(summed_loss, backend.model, backend._parts, run)
        return float(loss), {name: np.array(value) for name, value in tree_flatten(grown)}
    finally:
        detach(backend.model)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.lists(st.integers(2, 20), min_size=2, max_size=5), st.integers(1, 3), st.integers(0, 99))
def test_micro_batches_of_one_prefix_give_the_gradients_of_their_rows(
    opened: Backend,
    random_lora: LoraWeights,
    shared: int,
    suffixes: list[int],
    size: int,
    seed: int,
) -> None:
    whole = packed_group(shared, tuple(suffixes), seed, all_targets=False)
    places = [slice(at, at + size) for at in range(0, len(suffixes), size)]
    parts = [Batch(whole.ids[at], whole.loss_mask[at], whole.lengths[at], whole.prefix) for at in places]
    assert prefix_runs(parts) == [parts]
    loss, grown = of_run(opened, parts, LORA, random_lora)
    expected, reference = gradients(opened, unshared(whole), LORA, random_lora, full_logits=True)
    assert loss == pytest.approx(expected, rel=1e-5)
    scale = max(float(np.abs(g).max()) for g in reference.values())
    for name, value in grown.items():
        np.testing.assert_allclose(value, reference[name], rtol=1e-5, atol=1e-5 * scale, err_msg=name)


def test_the_second_pass_through_the_prefix_drops_the_same(opened: Backend, random_lora: LoraWeights) -> None:
    """With dropout: the gradient is the slope of the loss that the same seed gives a little further on."""
    run = list(halves(packed_group(60, (30, 25, 20, 15), 3, all_targets=True)))
    model, lora = opened.model, replace(LORA, dropout=0.3)
    attach(model, random_lora, lora)
    try:
        model.train()
        start = model.trainable_parameters()

        def at(parameters: object) -> tuple[float, Gradients]:
            model.update(parameters)
            mx.random.seed(5)
            loss, grown = run_gradients(summed_loss, model, opened._parts, run)
            return float(loss), grown

        _, grown = at(start)
        length = sum(float((g * g).sum()) for _, g in tree_flatten(grown)) ** 0.5
        step = 2e-3 / length
        further, before = (at(tree_map(lambda p, g, s=s: p + s * step * g, start, grown))[0] for s in (1, -1))
        assert (further - before) / (2 * step * length) == pytest.approx(length, rel=0.01)
        model.update(start)
    finally:
        model.eval()
        detach(model)


def test_a_small_budget_trains_the_same_in_less_memory(
    opened: Backend, make_job: Callable[..., TrainJob], tmp_path: Path
) -> None:
    job = make_job(tmp_path, epochs=1)
    rows = [row(350, i, i // 12, 250) for i in range(24)]
    schedules = [
        make_schedule(rows, rows_per_step=12, tokens=tokens, epochs=1, seed=0, prefix_once=True)
        for tokens in (1 << 20, 350)
    ]
    assert schedules[0].digest == schedules[1].digest
    assert max(len(run) for step in range(len(schedules[1])) for run in group_runs(schedules[1], step)) > 1
    losses, peaks = [], []
    for at, schedule in enumerate(schedules):
        mx.reset_peak_memory()
        recorder = Recorder()
        rates = replace(job.optimizer, learning_rates=np.full(len(schedule), 1e-3))
        opened.train(replace(job, schedule=schedule, optimizer=rates, folder=tmp_path / str(at), held_out=()), recorder)
        losses.append([event.loss for event in recorder.of(Stepped)])
        peaks.append(opened.peak_memory())
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)
    assert peaks[1] < 0.7 * peaks[0]


def test_one_micro_batch_alone_is_a_single_graph(opened: Backend, random_lora: LoraWeights) -> None:
    batch = packed_group(40, (20, 10), 1, all_targets=True)
    loss, _ = of_run(opened, [batch], LORA, random_lora)
    attach(opened.model, random_lora, LORA)
    assert loss == pytest.approx(float(summed_loss(opened._parts, batch)), rel=1e-6)
    detach(opened.model)
