"""The training loop: TRL's, with the host's part of every step in one callback."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.nn.utils import clip_grad_norm_
from transformers import PreTrainedModel, TrainerCallback, TrainerControl

from vibecoder.adapters.initial import LoraWeights
from vibecoder.system.work_clock import worked_seconds
from vibecoder.training.checkpoints import latest_checkpoint, read_state
from vibecoder.training.job import (
    Start,
    diverged,
    evaluated,
    evaluation_is_due,
    finish,
    save_checkpoint,
    save_is_due,
    start_of,
    step_seed,
)
from vibecoder.training.memory import saving_when_memory_runs_out
from vibecoder.types import Events, ModelSpec, Saved, Stepped, TrainJob, TrainResult
from vibecoder_cuda.generate import greedy
from vibecoder_cuda.memory.limits import out_of_memory, peak_memory, release
from vibecoder_cuda.model.lora import attach, detach, layer_shapes, read_weights, write_weights
from vibecoder_cuda.objectives import BuildTrainer
from vibecoder_cuda.objectives.sft import ScheduleTrainer
from vibecoder_cuda.optimizers import build_optimizer, load_optimizer, save_optimizer
from vibecoder_cuda.passes.forward import loss_sum
from vibecoder_cuda.passes.together import attends_apart
from vibecoder_cuda.processes import agreed, rank_and_world

__all__ = ["train"]

_MOST_SKIPPED = 20


def train(
    model: PreTrainedModel, job: TrainJob, events: Events, spec: ModelSpec, build_trainer: BuildTrainer
) -> TrainResult:
    """Train one stage on the base `model`, given back without an adapter; `build_trainer` is its objective.

    Raises:
        OutOfMemory: a step needs more than there is; the steps before it are saved.
        TrainingDiverged: the loss or the gradient norm is not finite; the weights before it are saved.
    """
    start = start_of(job, layer_shapes(model, job.lora))
    adapted = attach(model, start.weights, job.lora)
    try:
        if start.step == len(job.schedule):
            return finish(job, start.step, start.weights, start.best, None)
        optimizer = build_optimizer(adapted, job.optimizer)
        steps = _Steps(adapted, job, events, optimizer, start)
        forward = vars(model).get("forward")
        trainer = build_trainer(adapted, job, spec, start.step, optimizer, steps)
        try:
            # TRL turns the adapter of a quantized base to bfloat16; training wants the host's exact float32 values.
            write_weights(adapted, start.weights)
            steps.trainer = trainer
            if start.checkpoint:
                load_optimizer(optimizer, trainer.accelerator.scaler, start.checkpoint)
            with attends_apart(model), saving_when_memory_runs_out(out_of_memory, release, steps.save_done):
                trainer.train()
        finally:
            _unpatch(model, forward)
        return finish(job, steps.step, read_weights(adapted), steps.best, steps.stopped)
    finally:
        detach(adapted)


class _Steps(TrainerCallback):  # type: ignore[misc]
    """Does the host's part of each step: learning rate, clipping, guard, events, evaluation, checkpoints."""

    trainer: ScheduleTrainer

    def __init__(
        self,
        adapted: PeftModel,
        job: TrainJob,
        events: Events,
        optimizer: torch.optim.Optimizer,
        start: Start,
    ) -> None:
        self.adapted, self.job, self.events, self.optimizer = adapted, job, events, optimizer
        self.start, self.best = start, start.best
        self.step = self.done = start.step
        self.updating = False
        self.stopped: str | None = None
        self.parameters = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
        self.good = [parameter.detach().clone() for parameter in self.parameters]
        self.loss = self.norm = math.nan
        self.skipped = 0
        self.begun = worked_seconds()

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.begun = worked_seconds()

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self.step += 1
        torch.manual_seed(step_seed(self.job, self.step, rank_and_world()[0]))
        for group in self.optimizer.param_groups:
            group["lr"] = float(self.job.optimizer.learning_rates[self.step - 1])

    def on_pre_optimizer_step(self, *_: Any, **__: Any) -> None:
        """Guard against divergence and clip; the trainer has unscaled and averaged the gradients over the processes.

        Weights are good once a finite loss was computed from them, which an update can't know of its own result.
        """
        loss = self.trainer.take_step_loss()
        norm = clip_grad_norm_(self.parameters, self.job.optimizer.clip or math.inf, foreach=True)
        self.loss, self.norm = torch.stack([loss, norm]).tolist()  # the one time that a step waits for the device
        if not math.isfinite(self.loss):
            raise diverged(self.job, self.step, self._good_weights(), "loss")
        with torch.no_grad():
            torch._foreach_copy_(self.good, self.parameters)
        # In float16 the scaler skips a step whose gradients overflow and lowers its scale: normal now and then.
        self.skipped = 0 if math.isfinite(self.norm) else self.skipped + 1
        allowed = _MOST_SKIPPED if self.trainer.accelerator.scaler is not None else 1
        if self.skipped >= allowed:
            raise diverged(self.job, self.step, self._good_weights(), "gradient")
        self.updating = True

    def _good_weights(self) -> LoraWeights:
        """Put the last good weights, kept on the device, back into the adapter, and read them."""
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.good)
        return read_weights(self.adapted)

    def on_optimizer_step(self, *_: Any, **__: Any) -> None:
        self.updating = False

    def on_step_end(self, _: Any, __: Any, control: TrainerControl, **___: Any) -> None:
        job, step = self.job, self.step
        self.done = step
        rows = job.schedule.step_rows(step - 1)
        self.events.emit(
            Stepped(
                step=step,
                loss=self.loss,
                tokens=sum(row.supervised for row in rows),
                total_tokens=sum(len(row) for row in rows),
                learning_rate=float(job.optimizer.learning_rates[step - 1]),
                grad_norm=self.norm,
                seconds=worked_seconds() - self.begun,
                peak_memory=peak_memory(),
            )
        )
        if evaluation_is_due(job, step):
            loss = loss_sum(self.adapted.get_base_model(), job.held_out).mean
            self.best = evaluated(job, self.events, step, loss, self.best, lambda: read_weights(self.adapted))
        self.stopped = agreed(self.events.should_stop())
        if self.stopped or save_is_due(job, step):
            self._save()
        control.should_training_stop = step == len(job.schedule) or self.stopped is not None
        self.begun = worked_seconds()

    def save_done(self) -> tuple[int, Path | None]:
        """Save the last step that is done and return its number and folder; an update broken off half-way is not done.

        Then the newest checkpoint on disk is what there is.
        """
        if self.done == self.start.step:
            return self.done, self.start.checkpoint
        if self.updating:
            folder = latest_checkpoint(self.job.folder) or self.start.checkpoint
            return (read_state(folder)["step"] if folder else 0), folder
        return self.done, self._write(self.done)

    def _save(self) -> None:
        self.events.emit(Saved(self.step, self._write(self.step), () if self.stopped else self._probed()))

    def _probed(self) -> list[list[int]]:
        """Generate replies to the probe by the model's own forward pass, since TRL's computes a loss."""
        probe, model = self.job.probe, self.adapted.get_base_model()
        if not probe:
            return []
        patched = vars(model).get("forward")
        _unpatch(model, None)
        try:
            return greedy(model, probe.prompts, probe.max_new_tokens, probe.stop)
        finally:
            _unpatch(model, patched)

    def _write(self, step: int) -> Path:
        def write(folder: Any) -> None:
            save_optimizer(self.optimizer, self.trainer.accelerator.scaler, folder)

        return save_checkpoint(self.job, step, read_weights(self.adapted), self.best, write)


def _unpatch(model: PreTrainedModel, forward: Any | None) -> None:
    """Remove TRL's fused LM head, or restore `forward`; the next stage's trainer would put one on top of it."""
    vars(model).pop("forward", None)
    if forward is not None:
        model.forward = forward
