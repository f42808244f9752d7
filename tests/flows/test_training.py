"""What every backend must do with a job: resume exactly, stop when asked, guard against divergence, stay clean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from support.jobs import Recorder
from support.small_nano import small_nano
from vibecoder import plugins
from vibecoder.adapters.folder import read_adapter, write_adapter
from vibecoder.errors import ConfigError, ModelError, TrainingDiverged
from vibecoder.training.checkpoints import latest_checkpoint
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import step_batches
from vibecoder.types import (
    Backend,
    Evaluated,
    LoraSpec,
    ModelSpec,
    PrefixGroup,
    Probe,
    Saved,
    Stepped,
    TrainJob,
)

Jobs = Callable[..., TrainJob]


def weights_equal(one: Path, other: Path, tolerance: float) -> None:
    a, b = read_adapter(one).weights, read_adapter(other).weights
    assert a.keys() == b.keys()
    for layer in a:
        np.testing.assert_allclose(a[layer][0], b[layer][0], atol=tolerance, rtol=0)
        np.testing.assert_allclose(a[layer][1], b[layer][1], atol=tolerance, rtol=0)


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_a_resumed_run_ends_as_the_whole_one(backend: Backend, make_job: Jobs, tmp_path: Path, dropout: float) -> None:
    lora = LoraSpec(8, 16, dropout, ("q_proj", "down_proj"))
    whole = backend.train(make_job(tmp_path / "whole", lora=lora, evaluate_every=2), Recorder())
    job = make_job(tmp_path / "parts", lora=lora, evaluate_every=2)
    stopped = backend.train(job, Recorder(stop_after=4))
    assert stopped.stopped == "enough"
    assert stopped.steps == 4
    recorder = Recorder()
    resumed = backend.train(replace(job, resume=latest_checkpoint(job.folder)), recorder)
    assert [event.step for event in recorder.of(Stepped)] == [5, 6]
    assert (resumed.best_step, resumed.best_loss) == (whole.best_step, pytest.approx(whole.best_loss, abs=1e-6))
    weights_equal(whole.adapter, resumed.adapter, 1e-6)


def test_the_second_stage_starts_from_the_first(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    first = backend.train(make_job(tmp_path / "one", epochs=4), Recorder())
    recorder = Recorder()
    second = make_job(tmp_path / "two", epochs=1, start=first.adapter)
    held_out = backend.loss(second.held_out, first.adapter).mean
    backend.train(second, recorder)
    batches = step_batches(second.schedule, 0)
    begun = backend.loss(batches, first.adapter).mean
    assert recorder.of(Stepped)[0].loss == pytest.approx(begun, abs=1e-4)
    assert begun < 0.7 * backend.loss(batches, None).mean
    assert backend.loss(second.held_out, None).mean > held_out


def test_training_leaves_the_base_as_it_was(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    job = make_job(tmp_path, epochs=0.5)
    before = backend.loss(job.held_out, None)
    backend.train(job, Recorder())
    assert backend.loss(job.held_out, None).total == pytest.approx(before.total, abs=1e-4)


def test_checkpoints_are_kept_up_to_the_limit_and_reported(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    recorder = Recorder()
    backend.train(make_job(tmp_path, save_every=1, keep_checkpoints=2), recorder)
    assert [event.step for event in recorder.of(Saved)] == [1, 2, 3, 4, 5]
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-000004", "step-000005"]


@pytest.mark.parametrize("name", ["mlx", "cuda"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_replies_at_a_save_are_those_of_its_weights(
    name: str, make_job: Jobs, tmp_path: Path, checkpointing: bool
) -> None:
    spec = ModelSpec(str(small_nano()), precision="float32", checkpointing=checkpointing)
    backend = plugins.load().backend(name).open(spec)
    plain = backend.train(make_job(tmp_path / "plain", save_every=2), Recorder())
    job = make_job(tmp_path / "probed", save_every=2, keep_checkpoints=9)
    probe = Probe([row.ids[:40].tolist() for row in job.schedule.rows[:3]], 12, ())
    recorder = Recorder()
    probed = backend.train(replace(job, probe=probe), recorder)
    weights_equal(plain.adapter, probed.adapter, 1e-7)
    saved = recorder.of(Saved)
    assert [event.step for event in saved] == [2, 4]
    for event in saved:
        assert event.replies == backend.generate(probe.prompts, event.path, probe.max_new_tokens, probe.stop)
    assert all(len(reply) == 12 for event in saved for reply in event.replies)
    backend.close()


def test_the_best_adapter_is_handed_on(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    job = make_job(tmp_path, evaluate_every=1)
    recorder = Recorder()
    rates = np.array([2e-3, 2e-3, 2e-3, 2e-3, 0.05, 0.05])
    result = backend.train(replace(job, optimizer=replace(job.optimizer, learning_rates=rates)), recorder)
    losses = {event.step: event.loss for event in recorder.of(Evaluated)}
    assert result.best_step == min(losses, key=losses.__getitem__) < 6
    assert backend.loss(job.held_out, result.adapter).mean == pytest.approx(losses[result.best_step], abs=1e-4)


def test_divergence_stops_with_the_last_good_adapter(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    job = make_job(tmp_path)
    rates = job.optimizer.learning_rates.copy()
    rates[1] = 1e30
    with pytest.raises(TrainingDiverged, match="stage tool-use diverged at step 3"):
        backend.train(replace(job, optimizer=replace(job.optimizer, learning_rates=rates)), Recorder())
    kept = backend.loss(job.held_out, job.folder / "adapter").mean
    assert kept < backend.loss(job.held_out, None).mean


def test_an_adapter_of_another_base_is_refused(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    pair = (np.zeros((8, 64), np.float32), np.zeros((64, 8), np.float32))
    job = make_job(tmp_path / "job")
    write_adapter(foreign, {"model.layers.0.self_attn.q_proj": pair}, job.lora, "someone/else")
    with pytest.raises(ModelError, match="another base model"):
        backend.train(replace(job, start=foreign), Recorder())
    with pytest.raises(ModelError, match="another base model"):
        backend.loss(job.held_out, foreign)


def test_layers_that_the_model_or_the_adapter_lacks_are_refused(
    backend: Backend, make_job: Jobs, tmp_path: Path
) -> None:
    lora = LoraSpec(8, 16, 0.0, ("q_proj", "w_proj", "up_proj"))
    with pytest.raises(ModelError, match=r"no linear layer named w_proj .* --set lora.targets=\[q_proj,up_proj\]"):
        backend.train(make_job(tmp_path, lora=lora), Recorder())
    first = backend.train(make_job(tmp_path / "one", epochs=0.4, lora=replace(lora, targets=("q_proj",))), Recorder())
    with pytest.raises(ModelError, match=r"is on q_proj, the settings ask for q_proj, up_proj; use --set"):
        backend.train(
            make_job(tmp_path, start=first.adapter, lora=replace(lora, targets=("q_proj", "up_proj"))), Recorder()
        )


def test_what_its_tables_lack_is_refused(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    job = make_job(tmp_path)
    with pytest.raises(ConfigError, match="unknown objective dpo; known: sft"):
        backend.train(replace(job, objective=SimpleNamespace(name="dpo")), Recorder())
    with pytest.raises(ConfigError, match="unknown optimizer lion; known: adamw"):
        backend.train(replace(job, optimizer=replace(job.optimizer, name="lion")), Recorder())
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_another_order_is_refused(backend: Backend, make_job: Jobs, tmp_path: Path) -> None:
    job = make_job(tmp_path, save_every=2)
    backend.train(job, Recorder(stop_after=2))
    other = make_schedule(job.schedule.rows, rows_per_step=6, tokens=1024, epochs=2, seed=99)
    with pytest.raises(ModelError, match="another training order"):
        backend.train(replace(job, schedule=other, resume=latest_checkpoint(tmp_path)), Recorder())


def test_a_last_step_with_an_empty_micro_batch_counts_only_real_tokens(
    backend: Backend, make_job: Jobs, tmp_path: Path
) -> None:
    recorder = Recorder()
    job = make_job(tmp_path, rows_per_step=12, epochs=1)
    assert job.schedule.steps[-1].count(PrefixGroup(()))
    backend.train(job, recorder)
    assert recorder.of(Stepped)[-1].tokens == sum(row.supervised for row in job.schedule.step_rows(-1))
    assert np.isfinite([event.loss for event in recorder.of(Stepped)]).all()


def test_greedy_replies_keep_the_order_of_the_prompts(backend: Backend, rows, tokenizer) -> None:
    prompts = [list(rows[i].ids[: 40 + 30 * (i % 3)]) for i in range(5)]
    together = backend.generate(prompts, None, 12, tokenizer.stop_ids)
    alone = [backend.generate([prompt], None, 12, tokenizer.stop_ids)[0] for prompt in prompts]
    assert together == alone
    assert all(len(reply) <= 12 and not set(reply) & set(tokenizer.stop_ids) for reply in together)
