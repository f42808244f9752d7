"""Sharing a prefix is exact: loss and every LoRA gradient equal those of the padded rows with full logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.jobs import TARGETS, Recorder, Trained
from support.lora_gradients import gradients, packed_group
from support.small_nano import small_nano
from vibecoder import plugins
from vibecoder.adapters.initial import LoraWeights
from vibecoder.training.packing import unshared
from vibecoder.types import Backend, Batch, LoraSpec, ModelSpec, PrefixGroup, Stepped, TrainJob

# Prefix and suffix lengths: nothing shared, one suffix, suffixes of one target, the prefix being the whole prompt.
SHAPES = [(0, (40, 9)), (32, (30,)), (48, (2, 2)), (17, (2, 40, 3)), (64, (65, 64, 5, 12)), (1, (20, 20))]


def check(backend: Backend, batch: Batch, lora: LoraSpec, weights: LoraWeights) -> None:
    loss, grown = gradients(backend, batch, lora, weights)
    expected, reference = gradients(backend, unshared(batch), lora, weights, full_logits=True)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert grown.keys() == reference.keys()
    scale = max(float(np.abs(g).max()) for g in reference.values())
    for name, value in grown.items():
        np.testing.assert_allclose(value, reference[name], rtol=1e-5, atol=1e-5 * scale, err_msg=name)


@pytest.mark.parametrize(("shared", "suffixes"), SHAPES)
@pytest.mark.parametrize("targets", ["all", "some"])
def test_a_group_gives_the_gradients_of_its_rows(
    backend: Backend, random_lora: LoraWeights, shared: int, suffixes: tuple[int, ...], targets: str
) -> None:
    batch = packed_group(shared, suffixes, seed=len(suffixes), all_targets=targets == "all")
    check(backend, batch, LoraSpec(4, 8, 0.0, TARGETS), random_lora)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 90), st.lists(st.integers(2, 60), min_size=1, max_size=5), st.integers(0, 99))
def test_random_groups_give_the_gradients_of_their_rows(
    backend: Backend, random_lora: LoraWeights, shared: int, suffixes: list[int], seed: int
) -> None:
    batch = packed_group(shared, tuple(suffixes), seed, all_targets=False)
    check(backend, batch, LoraSpec(4, 8, 0.0, TARGETS), random_lora)


def test_a_group_is_evaluated_as_its_rows(backend: Backend) -> None:
    batch = packed_group(50, (30, 40, 8), seed=3, all_targets=False)
    shared, plain = backend.loss([batch], None), backend.loss([unshared(batch)], None)
    assert (shared.tokens, shared.total) == (plain.tokens, pytest.approx(plain.total, rel=1e-5))


def test_log_probabilities_are_those_of_the_rows(backend: Backend, trained: dict[str, Trained]) -> None:
    """With and without an adapter, by token and summed, group or rows alone; both backends say the same."""
    batches = [packed_group(shared, suffixes, 7, False) for shared, suffixes in SHAPES]
    for adapter in (None, trained["mlx"].adapter):
        for batch, found in zip(batches, backend.log_probabilities(batches, adapter), strict=True):
            assert found.shape == batch.ids.shape
            assert not found[~batch.loss_mask].any()
            assert (found[:, 1:][batch.loss_mask[:, 1:]] < 0).all()
            (whole,) = backend.log_probabilities([unshared(batch)], adapter)
            np.testing.assert_allclose(found, whole[:, len(batch.prefix) :], atol=1e-4)
            assert -found.sum() == pytest.approx(backend.loss([batch], adapter).total, rel=1e-5)
            for row, length in enumerate(batch.lengths):
                alone = Batch(
                    batch.ids[row : row + 1, :length],
                    batch.loss_mask[row : row + 1, :length],
                    batch.lengths[row : row + 1],
                    batch.prefix,
                )
                (single,) = backend.log_probabilities([alone], adapter)
                assert found[row].sum() == pytest.approx(single.sum(), rel=1e-5)


def test_checkpointing_changes_no_number(backend: Backend, make_job: Callable[..., TrainJob], tmp_path: Path) -> None:
    """The rows of the shared job begin alike, so its groups have prefixes."""
    spec = ModelSpec(str(small_nano()), precision="float32", checkpointing=True)
    opened = plugins.load().backend(backend.name).open(spec)
    job = make_job(tmp_path, epochs=1)
    assert max(group.prefix for step in job.schedule.steps for group in step) > 100
    recorder = Recorder()
    opened.train(job, recorder)
    opened.close()
    plain = Recorder()
    backend.train(make_job(tmp_path / "plain", epochs=1), plain)
    losses = [[event.loss for event in r.of(Stepped)] for r in (recorder, plain)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_a_stage_ends_the_same_with_and_without_sharing(
    backend: Backend, make_job: Callable[..., TrainJob], tmp_path: Path
) -> None:
    """The same steps, once in groups and once row by row: the same run."""
    job = make_job(tmp_path / "shared")
    steps = [[PrefixGroup(group.rows) for group in step] for step in job.schedule.steps]
    apart = replace(job, schedule=replace(job.schedule, steps=steps), folder=tmp_path / "apart")
    results = [backend.train(each, Recorder()) for each in (job, apart)]
    losses = [backend.loss(job.held_out, result.adapter).mean for result in results]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
