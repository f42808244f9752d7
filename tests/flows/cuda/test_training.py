"""Training on the CUDA backend: its numbers are those of a loop written by hand, and it survives what goes wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from support.jobs import Recorder
from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import ConfigError, ModelError, TrainingDiverged
from vibecoder.training.job import start_weights
from vibecoder.training.packing import step_batches, unshared
from vibecoder.types import Evaluated, ModelSpec, PrefixGroup, Saved


def adapter_difference(one, other):
    a, b = read_adapter(one).weights, read_adapter(other).weights
    assert a.keys() == b.keys()
    return max(float(np.abs(a[layer][i] - b[layer][i]).max()) for layer in a for i in (0, 1))


def train_by_hand(model, job):
    """Losses, norms and weights of plain peft and torch, with an attention mask and full logits."""
    from vibecoder_cuda.model.lora import attach, detach, layer_shapes, read_weights

    adapted = attach(model, start_weights(job, layer_shapes(model, job.lora)), job.lora)
    parameters = [p for p in adapted.parameters() if p.requires_grad]
    spec = job.optimizer
    optimizer = torch.optim.AdamW(parameters, betas=spec.betas, eps=spec.eps, weight_decay=spec.weight_decay)
    losses, norms = [], []
    for step, rate in enumerate(spec.learning_rates):
        summed, tokens = 0.0, 0
        for batch in step_batches(job.schedule, step):
            if not batch.supervised:
                continue
            batch = unshared(batch)
            ids, mask = torch.from_numpy(batch.ids).long(), torch.from_numpy(batch.loss_mask)
            real = torch.arange(ids.shape[1])[None] < torch.from_numpy(batch.lengths)[:, None]
            logits = adapted(input_ids=ids, attention_mask=real.long()).logits[:, :-1][mask[:, 1:]]
            summed = summed + torch.nn.functional.cross_entropy(logits, ids[:, 1:][mask[:, 1:]], reduction="sum")
            tokens += batch.supervised
        loss = summed / tokens
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, spec.clip or float("inf"))))
        losses.append(float(loss))
        optimizer.param_groups[0]["lr"] = float(rate)
        optimizer.step()
        optimizer.zero_grad()
    weights = read_weights(adapted)
    detach(adapted)
    return losses, norms, weights


@pytest.mark.parametrize("clip", [0.0, 0.5])
def test_equals_a_loop_by_hand(opened, make_job, tmp_path, clip):
    backend, job = opened(), make_job(tmp_path, keep="last")
    rates = np.linspace(1e-3, 3e-3, len(job.schedule))
    job = replace(job, optimizer=replace(job.optimizer, clip=clip, learning_rates=rates))
    assert PrefixGroup(()) in job.schedule.steps[-1], "the last step is to hold an empty micro-batch"
    losses, norms, weights = train_by_hand(backend.model, job)
    events = Recorder()
    result = backend.train(job, events)
    assert events.losses == pytest.approx(losses, abs=2e-5)
    assert [step.grad_norm for step in events.steps] == pytest.approx(norms, rel=1e-4)
    assert [step.learning_rate for step in events.steps] == pytest.approx(rates)
    assert [step.step for step in events.steps] == [1, 2, 3, 4, 5]
    batches = [step_batches(job.schedule, step) for step in range(5)]
    assert [step.tokens for step in events.steps] == [sum(b.supervised for b in step) for step in batches]
    assert [step.total_tokens for step in events.steps] == [sum(b.tokens for b in step) for step in batches]
    assert all(step.seconds > 0 and step.peak_memory > 10**7 for step in events.steps)
    trained = read_adapter(result.adapter).weights
    assert max(np.abs(trained[layer][i] - weights[layer][i]).max() for layer in trained for i in (0, 1)) < 1e-4


def test_padding_needs_no_mask(opened):
    """Right padding is behind every real token, so a batch without an attention mask gives the rows' own losses."""
    from vibecoder.training.packing import pack
    from vibecoder.types import Rendered

    rng = np.random.default_rng(0)
    rows = [Rendered(rng.integers(0, 4000, n).astype(np.int32), np.ones(n, np.bool_)) for n in (20, 60)]
    backend = opened()
    together = backend.loss([pack(rows)], None)
    alone = [backend.loss([pack([row], widths=[len(row)])], None) for row in rows]
    assert together.tokens == sum(part.tokens for part in alone)
    assert together.total == pytest.approx(sum(part.total for part in alone), rel=1e-6)


def test_three_trainings_in_one_process_start_clean(opened, make_job, tmp_path):
    backend = opened(checkpointing=True)
    before = backend.loss(make_job(tmp_path).held_out, None)
    state = {name: id(module) for name, module in backend.model.named_modules()}
    runs = []
    for number in range(3):
        events = Recorder()
        backend.train(make_job(tmp_path / str(number), steps=3), events)
        runs.append(events.losses)
        assert not backend.model.is_activation_checkpointing
        assert "forward" not in vars(backend.model)
        assert not any(parameter.requires_grad for parameter in backend.model.parameters())
    assert runs[0] == runs[1] == runs[2]
    assert {name: id(module) for name, module in backend.model.named_modules()} == state
    assert backend.loss(make_job(tmp_path).held_out, None) == before
    plain = Recorder()
    opened().train(make_job(tmp_path / "plain", steps=3), plain)
    assert runs[0] == pytest.approx(plain.losses, abs=1e-6), "checkpointing changes memory, not numbers"


def test_a_stage_starts_from_the_adapter_before_it(opened, make_job, tmp_path):
    backend = opened()
    first = backend.train(make_job(tmp_path / "first", keep="last"), Recorder())
    events = Recorder()
    job = make_job(tmp_path / "second", start=first.adapter)
    batches = step_batches(job.schedule, 0)
    backend.train(job, events)
    assert events.losses[0] == pytest.approx(backend.loss(batches, first.adapter).mean, abs=1e-5)
    with pytest.raises(ModelError, match="rank"):
        backend.train(replace(job, lora=replace(job.lora, rank=8, alpha=16.0)), Recorder())


@pytest.mark.parametrize("name", ["adamw", "adamw-8bit", "paged-adamw-8bit"])
def test_resuming_is_exact(opened, make_job, tmp_path, name):
    backend = opened()
    job = make_job(tmp_path / "whole", evaluate_every=2, save_every=2)
    job = replace(job, lora=replace(job.lora, dropout=0.2), optimizer=replace(job.optimizer, name=name))
    whole = Recorder()
    result = backend.train(job, whole)
    assert [event.step for event in whole.events if isinstance(event, Saved)] == [2, 4]
    assert [event.step for event in whole.events if isinstance(event, Evaluated)] == [2, 4, 5]

    parts = Recorder(stop_after=3)
    job = replace(job, folder=tmp_path / "parts")
    stopped = backend.train(job, parts)
    assert (stopped.stopped, stopped.steps) == ("enough", 3)
    saved = parts.events[-1]
    assert isinstance(saved, Saved)
    assert saved.step == 3
    assert adapter_difference(stopped.adapter, saved.path) == 0

    other = make_job(tmp_path / "other", resume=saved.path)
    with pytest.raises(ModelError, match="training order"):
        backend.train(replace(other, schedule=replace(other.schedule, digest="other")), Recorder())

    rest = Recorder()
    resumed = backend.train(replace(job, resume=saved.path), rest)
    assert parts.losses + rest.losses == whole.losses
    assert adapter_difference(resumed.adapter, result.adapter) < 1e-6
    assert (resumed.steps, resumed.best_step, resumed.best_loss) == (5, result.best_step, result.best_loss)


def test_the_best_adapter_is_kept(opened, make_job, tmp_path):
    """The last two steps ruin the adapter; `best` keeps the one before them and `last` does not."""
    backend, job = opened(), make_job(tmp_path / "best", evaluate_every=1)
    rates = np.array([2e-3, 2e-3, 2e-3, 0.3, 0.3])
    job = replace(job, optimizer=replace(job.optimizer, learning_rates=rates))
    events = Recorder()
    best = backend.train(job, events)
    evaluated = {event.step: event for event in events.events if isinstance(event, Evaluated)}
    assert best.best_step in (1, 2, 3)
    assert best.best_loss == min(event.loss for event in evaluated.values()) == evaluated[best.best_step].loss
    assert backend.loss(job.held_out, best.adapter).mean == pytest.approx(best.best_loss, abs=1e-6)
    last = backend.train(replace(job, folder=tmp_path / "last", keep="last"), Recorder())
    assert backend.loss(job.held_out, last.adapter).mean == pytest.approx(evaluated[5].loss, abs=1e-6)


def test_divergence_keeps_the_last_good_adapter(opened, make_job, tmp_path):
    backend, job = opened(), make_job(tmp_path)
    rates = np.array([2e-3, 2e-3, 1e30, 2e-3, 2e-3])
    job = replace(job, optimizer=replace(job.optimizer, learning_rates=rates))
    events = Recorder()
    with pytest.raises(TrainingDiverged, match="stage full diverged at step 4: the loss"):
        backend.train(job, events)
    assert len(events.steps) == 3
    loss = backend.loss(job.held_out, tmp_path / "adapter")
    assert np.isfinite(loss.total)
    assert loss.mean < backend.loss(job.held_out, None).mean
    again = Recorder()
    backend.train(make_job(tmp_path / "again"), again)
    assert again.losses[:2] == events.losses[:2], "the backend is usable after it"


@pytest.mark.parametrize("quantization", ["4bit", "8bit"])
def test_quantized_bases_train(opened, make_job, tmp_path, quantization):
    backend, plain = opened(quantization=quantization), opened()
    job = make_job(tmp_path, evaluate_every=2)
    job = replace(job, optimizer=replace(job.optimizer, learning_rates=2.5 * job.optimizer.learning_rates))
    before = backend.loss(job.held_out, None).mean
    assert before == pytest.approx(plain.loss(job.held_out, None).mean, abs=0.3)
    assert before != plain.loss(job.held_out, None).mean, "it is to be quantized"
    events = Recorder()
    result = backend.train(job, events)
    assert result.best_loss < before - 0.5
    assert backend.loss(job.held_out, result.adapter).mean == pytest.approx(result.best_loss, abs=1e-4)
    assert backend.loss(job.held_out, None).mean == before
    weights = read_adapter(result.adapter).weights
    rounded = [np.array_equal(a, torch.tensor(a).bfloat16().float().numpy()) for a, _ in weights.values()]
    assert not any(rounded), "adapters are trained in float32, not in TRL's bfloat16"
    again = Recorder()
    backend.train(replace(job, folder=tmp_path / "again"), again)
    assert again.losses == events.losses


def test_mixed_precision_trains(opened, make_job, tmp_path):
    backend, job = opened(precision="bfloat16"), make_job(tmp_path, steps=2, held_out=())
    events, exact = Recorder(), Recorder()
    backend.train(job, events)
    opened().train(replace(job, folder=tmp_path / "exact"), exact)
    assert backend.model.dtype == torch.bfloat16
    assert events.losses == pytest.approx(exact.losses, abs=0.2)
    assert events.losses != exact.losses


def test_nothing_is_printed_or_left_behind(opened, make_job, tmp_path, monkeypatch, capfd):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    backend = opened()
    capfd.readouterr()
    job = make_job(tmp_path / "job", evaluate_every=2)
    result = backend.train(job, Recorder())
    backend.generate([[1, 2, 3]], result.adapter, 4, [4087])
    assert capfd.readouterr() == ("", "")
    assert not list(here.iterdir())
    assert sorted(path.name for path in job.folder.iterdir()) == ["adapter", "best"]


def test_what_cannot_be_opened_is_named(nano_folder, tmp_path):
    from vibecoder_cuda.backend import CudaBackend

    with pytest.raises(ModelError, match="nothing-here"):
        CudaBackend(ModelSpec(str(tmp_path / "nothing-here")))
    (tmp_path / "config.json").write_text('{"model_type": "of-tomorrow", "hidden_size": 8, "num_hidden_layers": 1}')
    shutil.copy2(nano_folder / "model.safetensors", tmp_path)
    with pytest.raises(ModelError, match="of-tomorrow"):
        CudaBackend(ModelSpec(str(tmp_path)))
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="needs a GPU"):
            CudaBackend(ModelSpec(str(nano_folder), precision="float16"))
