"""Memory that runs out at any step, by the libraries' own exceptions: the run still ends, and as it would have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.jobs import Recorder
from support.small_nano import small_nano
from support.token_rows import row
from vibecoder import plugins
from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import OutOfMemory
from vibecoder.running.recovery import Recovering, Relief
from vibecoder.training.checkpoints import latest_checkpoint
from vibecoder.training.order import make_schedule
from vibecoder.training.packing import computed_tokens, evaluation_batches
from vibecoder.types import Backend, Batch, LossSum, ModelSpec, Stepped, TrainJob

Jobs = Callable[..., TrainJob]
METAL = (
    "[METAL] Command buffer execution failed: "
    "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"
)
MALLOC = (
    "[metal::malloc] Attempting to allocate 28611722496 bytes which is greater than the maximum allowed buffer size"
)


ROWS = [row(90 + i % 3, i, 0, 48) for i in range(12)]


@pytest.fixture
def job(make_job: Jobs, tmp_path: Path) -> TrainJob:
    """Three steps of four rows that share their beginning."""
    schedule = make_schedule(ROWS, rows_per_step=4, tokens=512, epochs=1, seed=0)
    assert [len([group for group in step if group.rows]) for step in schedule.steps] == [2, 2, 2]
    return make_job(tmp_path / "job", schedule=schedule, held_out=())


@pytest.fixture(scope="module")
def whole(backend: Backend, make_job: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of the job when nothing goes wrong."""
    schedule = make_schedule(ROWS, rows_per_step=4, tokens=512, epochs=1, seed=0)
    return backend.train(make_job(tmp_path_factory.mktemp("whole"), schedule=schedule, held_out=()), Recorder()).adapter


def fail(name: str) -> None:
    """Raise what the backend's library raises when memory runs out."""
    if name == "mlx":
        raise RuntimeError(METAL)
    torch.empty(1 << 50)


PASSES = {"mlx": 2, "cuda": 1}
"""Passes of a step of the job: the CUDA backend computes its two groups in one."""


def run_out(monkeypatch: pytest.MonkeyPatch, name: str, when: Callable[[int, int], bool]) -> None:
    """Let the pass through the model fail when `when(number of the pass, tokens it computes)`."""
    calls = iter(range(10_000))
    if name == "mlx":
        import vibecoder_mlx.objectives.sft as mlx_sft

        whole = mlx_sft.summed_loss

        def summed_loss(parts: Any, batch: Batch, states: Any = ()) -> Any:
            if when(next(calls), len(batch.prefix) + batch.ids.size):
                fail(name)
            return whole(parts, batch, states)

        monkeypatch.setattr(mlx_sft, "summed_loss", summed_loss)
        return
    from vibecoder_cuda.objectives.sft import ScheduleTrainer

    step = ScheduleTrainer.training_step

    def training_step(self: ScheduleTrainer, model: Any, inputs: dict[str, torch.Tensor], *rest: Any) -> torch.Tensor:
        if when(next(calls), inputs["input_ids"].numel()):
            fail(name)
        return step(self, model, inputs, *rest)

    monkeypatch.setattr(ScheduleTrainer, "training_step", training_step)


def recovering(backend: Backend, said: list[str], relief: Relief | None = None) -> Recovering:
    def changed(stage: str, step: int, relief: Relief, text: str) -> None:
        said.append(text)

    return Recovering(lambda spec: backend, ModelSpec(str(small_nano())), relief or Relief(), changed)


def assert_same(one: Path, other: Path) -> None:
    """Equal but for the order of additions, which AdamW's first steps enlarge."""
    a, b = read_adapter(one).weights, read_adapter(other).weights
    for layer in a:
        for ours, theirs in zip(a[layer], b[layer], strict=True):
            assert np.linalg.norm(ours - theirs) < 2e-3 * np.linalg.norm(theirs)


@pytest.mark.parametrize("at", range(6))
def test_a_run_that_failed_once_ends_as_the_whole_one(
    backend: Backend, job: TrainJob, whole: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    passes = PASSES[backend.name]  # type: ignore[attr-defined]
    at = at * passes // 2
    run_out(monkeypatch, backend.name, lambda number, tokens: number == at)  # type: ignore[attr-defined]
    said: list[str] = []
    recorder = Recorder()
    result = recovering(backend, said).train(job, recorder)
    assert [event.step for event in recorder.of(Stepped)] == [1, 2, 3]
    assert len(said) == 1
    assert f"after step {at // passes}: " in said[0]
    assert "memory ran out; going on with at most" in said[0]
    assert result.steps == 3
    assert_same(whole, result.adapter)


def test_the_budget_shrinks_until_it_fits(
    backend: Backend, job: TrainJob, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = max(computed_tokens(job.schedule, group) for step in job.schedule.steps for group in step)
    limit = max(most // 2, 128)
    assert most > limit
    run_out(monkeypatch, backend.name, lambda number, tokens: tokens > limit)  # type: ignore[attr-defined]
    engine = recovering(backend, [])
    result = engine.train(job, Recorder())
    assert engine.relief.tokens is not None
    assert engine.relief.tokens <= limit
    assert not engine.relief.checkpointing
    assert_same(whole, result.adapter)


def test_a_run_that_goes_on_later_begins_with_what_was_changed(
    backend: Backend, job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []

    def note(number: int, tokens: int) -> bool:
        passes.append(tokens)
        return False

    run_out(monkeypatch, backend.name, note)  # type: ignore[attr-defined]
    recovering(backend, [], Relief.of({"tokens": 0, "checkpointing": False, "longest": 91})).train(job, Recorder())
    assert max(passes) <= 128
    assert len(passes) >= sum(len(row) <= 91 for row in ROWS)


@pytest.mark.parametrize("name", ["mlx", "cuda"])
def test_then_checkpointing_then_shorter_rows_then_an_error(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lengths = [row(70 + 12 * (i % 8), i, 0, 48) for i in range(16)]
    job = dataclasses.replace(job, schedule=make_schedule(lengths, rows_per_step=4, tokens=512, epochs=1, seed=0))
    opened: list[ModelSpec] = []
    said: list[str] = []

    def open_model(spec: ModelSpec) -> Backend:
        opened.append(spec)
        return plugins.load().backend(name).open(spec)

    def changed(stage: str, step: int, relief: Relief, text: str) -> None:
        said.append(text)

    engine = Recovering(open_model, ModelSpec(str(small_nano()), precision="float32"), Relief(), changed)
    run_out(monkeypatch, name, lambda number, tokens: True)
    with pytest.raises(OutOfMemory, match=r"every row alone, checkpointing and no row over .* smaller --model"):
        engine.train(job, Recorder())
    assert [spec.checkpointing for spec in opened] == [False, True]
    tokens = [text for text in said if "tokens at once" in text]
    assert tokens == said[: len(tokens)] != []
    assert said[len(tokens)].endswith("going on with model.checkpointing")
    assert said[len(tokens) + 1 :]
    assert all("rows of more than" in text for text in said[len(tokens) + 1 :])
    engine.close()


def test_a_backend_without_checkpointing_goes_on_to_shorter_rows(
    job: TrainJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = [row(70 + 12 * (i % 8), i) for i in range(8)]
    job = dataclasses.replace(job, schedule=make_schedule(lengths, rows_per_step=4, tokens=0, epochs=1, seed=0))
    opened: list[ModelSpec] = []
    said: list[str] = []

    def open_model(spec: ModelSpec) -> Backend:
        opened.append(spec)
        return plugins.load().backend("mlx").open(spec)

    engine = Recovering(
        open_model, ModelSpec(str(small_nano())), Relief(), lambda *change: said.append(change[-1]), False
    )
    run_out(monkeypatch, "mlx", lambda number, tokens: True)
    with pytest.raises(OutOfMemory, match=r"every row alone and no row over"):
        engine.train(job, Recorder())
    engine.close()
    assert len(opened) == 1
    assert "rows of more than" in said[0]


def test_what_ran_before_is_saved(backend: Backend, job: TrainJob, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = PASSES[backend.name]  # type: ignore[attr-defined]
    run_out(monkeypatch, backend.name, lambda number, tokens: number >= 2 * passes)  # type: ignore[attr-defined]
    recorder = Recorder()
    with pytest.raises(OutOfMemory) as failure:
        backend.train(job, recorder)
    assert failure.value.step == len(recorder.of(Stepped)) == 2
    assert failure.value.checkpoint == latest_checkpoint(job.folder)
    assert failure.value.checkpoint is not None


def test_an_evaluation_that_is_too_large_is_done_in_halves(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = evaluation_batches(ROWS, 4096)
    whole = backend.loss(batches, None)
    import vibecoder_cuda.passes.forward as cuda_forward
    import vibecoder_mlx.passes.forward as mlx_forward

    module = mlx_forward if backend.name == "mlx" else cuda_forward  # type: ignore[attr-defined]
    plain, refused = module.summed_loss, []

    def summed_loss(model: Any, batch: Batch) -> Any:
        if len(batch.ids) > 3:
            refused.append(len(batch.ids))
            fail(backend.name)  # type: ignore[attr-defined]
        return plain(model, batch)

    monkeypatch.setattr(module, "summed_loss", summed_loss)
    parts = backend.loss(batches, None)
    assert refused
    assert parts == LossSum(pytest.approx(whole.total, rel=1e-5), whole.tokens)


def test_replies_are_made_in_halves(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [row.ids[:40].tolist() for row in ROWS[:5]]
    whole = backend.generate(prompts, None, 4, ())
    name = backend.name  # type: ignore[attr-defined]
    module = __import__(f"vibecoder_{name}.backend", fromlist=["greedy"])
    plain = module.greedy

    def greedy(model: Any, prompts: list[list[int]], *rest: Any) -> list[list[int]]:
        if len(prompts) > 2:
            fail(name)
        replies: list[list[int]] = plain(model, prompts, *rest)
        return replies

    monkeypatch.setattr(module, "greedy", greedy)
    assert recovering(backend, []).generate(prompts, None, 4, ()) == whole


def test_other_errors_stay_what_they_are(backend: Backend, job: TrainJob, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(number: int, tokens: int) -> bool:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    run_out(monkeypatch, backend.name, broken)  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="shapes"):
        recovering(backend, []).train(job, Recorder())


def test_messages_that_mean_it() -> None:
    from vibecoder_cuda.memory.limits import out_of_memory as torch_says
    from vibecoder_mlx.memory.limits import out_of_memory as mlx_says

    assert mlx_says(RuntimeError(METAL)) == "the GPU's memory ran out"
    assert mlx_says(RuntimeError(MALLOC)) == "memory ran out"
    assert mlx_says(RuntimeError("[METAL] Command buffer execution failed: Impacting Interactivity"))
    assert mlx_says(RuntimeError("[matmul] shapes")) is None
    assert torch_says(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert torch_says(ValueError("not enough memory")) is None
