"""Supervised fine-tuning: TRL's `SFTTrainer`, which follows the host's schedule, its rows, their order and padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from transformers import AutoTokenizer, PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from vibecoder.training.packing import pack
from vibecoder.types import ModelSpec, PrefixGroup, Schedule, TrainJob
from vibecoder_cuda.passes.loss import IGNORED, replace_head
from vibecoder_cuda.passes.prefix import model_inputs
from vibecoder_cuda.processes import device, rank_and_world, total

__all__ = ["ScheduleTrainer", "build_trainer", "collator", "micro_batches"]


class ScheduleTrainer(SFTTrainer):  # type: ignore[misc]
    """`SFTTrainer` that keeps the loss of the step in progress and sends no telemetry."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # TRL's loss is divided by the tokens of the whole step whether or not the model's forward takes their number.
        self.model_accepts_loss_kwargs = True
        self.remove_callback(PrinterCallback)
        self._losses: list[torch.Tensor] = []

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        loss = super().training_step(*args, **kwargs)
        self._losses.append(loss)
        return loss

    def take_step_loss(self) -> float:
        """Return and reset the mean cross-entropy over the supervised tokens of the step so far, on all processes."""
        summed = total(torch.stack(self._losses).sum())
        self._losses.clear()
        # Each process multiplies its share by their number, because their gradients are averaged.
        return float(summed) / rank_and_world()[1]

    def _send_telemetry(self) -> None:
        """Send nothing: TRL reports every trainer that is built to its authors' server."""


def micro_batches(schedule: Schedule, start: int, world: int) -> list[tuple[int, int]]:
    """List `(step, micro-batch)` of everything after step `start`, in order.

    Each step is filled up with empty micro-batches to a multiple of `world`; those carry no loss.
    """
    width = -(-schedule.micro_batches // world) * world
    return [(step, micro) for step in range(start, len(schedule)) for micro in range(width)]


def collator(schedule: Schedule) -> Callable[[Sequence[dict[str, int]]], dict[str, torch.Tensor]]:
    """Build the collator from one `(step, micro-batch)` to the model's inputs and `labels`, [B, T] int64.

    TRL counts tokens by a mask or by position ids, so the latter are always there.
    """

    def collate(features: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        (feature,) = features
        step = schedule.steps[feature["step"]]
        group = step[feature["micro"]] if feature["micro"] < len(step) else PrefixGroup(())
        batch = pack([schedule.rows[i] for i in group.rows], group.prefix, schedule.widths)
        inputs, loss_mask = model_inputs(batch)
        return {**inputs, "labels": inputs["input_ids"].masked_fill(~loss_mask, IGNORED)}

    return collate


def build_trainer(
    adapted: PeftModel,
    job: TrainJob,
    spec: ModelSpec,
    start: int,
    optimizer: torch.optim.Optimizer,
    callback: TrainerCallback,
) -> ScheduleTrainer:
    """Build a trainer for the steps after `start`; `callback` sets learning rates, clips and reports."""
    world = rank_and_world()[1]
    order = micro_batches(job.schedule, start, world)
    rows = {"step": [step for step, _ in order], "micro": [micro for _, micro in order]}
    trainer = ScheduleTrainer(
        model=adapted,
        args=_arguments(adapted, job, spec, len(order) // (len(job.schedule) - start) // world),
        train_dataset=Dataset.from_dict(rows),
        data_collator=collator(job.schedule),
        processing_class=AutoTokenizer.from_pretrained(spec.path),
        optimizers=(optimizer, None),
        callbacks=[callback],
    )
    replace_head(adapted.get_base_model())
    return trainer


def _arguments(adapted: PeftModel, job: TrainJob, spec: ModelSpec, accumulation: int) -> SFTConfig:
    where = device()
    dtype = adapted.get_base_model().dtype
    arguments = SFTConfig(
        output_dir=str(job.folder),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=accumulation,
        num_train_epochs=1,
        train_sampling_strategy="sequential",
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        lr_scheduler_type="constant",
        max_grad_norm=0.0,
        fp16=dtype == torch.float16,
        bf16=dtype == torch.bfloat16,
        activation_checkpointing=spec.checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if spec.checkpointing else None,
        use_cpu=where.type == "cpu",
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=where.type == "cuda",
        seed=job.seed,
        logging_strategy="no",
        eval_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        log_level_replica="passive",
    )
    if arguments.n_gpu > 1:
        # Without a launcher one process takes one GPU; DataParallel, the default here, is what TRL refuses.
        arguments._n_gpu = 1
    return arguments
