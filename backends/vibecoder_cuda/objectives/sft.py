"""Supervised fine-tuning: TRL's `SFTTrainer`, which follows the host's schedule, its rows, their order and padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from transformers import AutoTokenizer, PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from vibecoder.training.packing import computed_tokens, pack
from vibecoder.types import ModelSpec, PrefixGroup, Schedule, TrainJob
from vibecoder_cuda.passes.loss import IGNORED, is_plain, replace_head
from vibecoder_cuda.passes.prefix import model_inputs
from vibecoder_cuda.passes.together import can_be_together, inputs_together
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

    def take_step_loss(self) -> torch.Tensor:
        """Return and reset the mean cross-entropy over the supervised tokens of the step so far, on all processes.

        It stays on the device: reading it waits for all that was computed.
        """
        summed = total(torch.stack(self._losses).sum())
        self._losses.clear()
        # Each process multiplies its share by their number, because their gradients are averaged.
        return summed / rank_and_world()[1]

    def _send_telemetry(self) -> None:
        """Send nothing: TRL reports every trainer that is built to its authors' server."""


def micro_batches(schedule: Schedule, world: int, together: bool) -> list[list[tuple[PrefixGroup, ...]]]:
    """List the groups of each micro-batch of each step; every step has as many, a multiple of `world`.

    With `together` groups share a pass as far as the schedule's tokens allow. Empty ones carry no loss.
    """
    steps = [_joined(schedule, step) if together else [(group,) for group in step] for step in schedule.steps]
    most = max(map(len, steps), default=0)
    width = -(-most // world) * world
    return [[*step, *[(PrefixGroup(()),)] * (width - len(step))] for step in steps]


def _joined(schedule: Schedule, step: Sequence[PrefixGroup]) -> list[tuple[PrefixGroup, ...]]:
    joined: list[list[PrefixGroup]] = []
    held = 0
    for group in (group for group in step if group.rows):
        tokens = computed_tokens(schedule, group)
        if not joined or held + tokens > schedule.tokens:
            joined.append([])
            held = 0
        joined[-1].append(group)
        held += tokens
    return [tuple(groups) for groups in joined]


def collator(
    schedule: Schedule, micros: Sequence[Sequence[Sequence[PrefixGroup]]], together: bool
) -> Callable[[Sequence[dict[str, int]]], dict[str, Any]]:
    """Build the collator from one `(step, micro-batch)` to the model's inputs and `labels`, [B, T] int64.

    TRL counts tokens by a mask or by position ids, so the latter are always there.
    """

    def collate(features: Sequence[dict[str, int]]) -> dict[str, Any]:
        (feature,) = features
        groups = micros[feature["step"]][feature["micro"]]
        batches = [pack([schedule.rows[i] for i in group.rows], group.prefix, schedule.widths) for group in groups]
        inputs, loss_mask = inputs_together(batches) if together else model_inputs(*batches)
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
    world, base = rank_and_world()[1], adapted.get_base_model()
    # Several processes share the groups of a step among them; and TRL's own head, where the model needs it, knows
    # nothing of parts.
    together = world == 1 and job.schedule.tokens > 0 and can_be_together(base) and is_plain(base)
    micros = micro_batches(job.schedule, world, together)
    order = [(step, micro) for step in range(start, len(micros)) for micro in range(len(micros[step]))]
    rows = {"step": [step for step, _ in order], "micro": [micro for _, micro in order]}
    trainer = ScheduleTrainer(
        model=adapted,
        args=_arguments(adapted, job, spec, len(order) // (len(job.schedule) - start) // world),
        train_dataset=Dataset.from_dict(rows),
        data_collator=collator(job.schedule, micros, together),
        processing_class=AutoTokenizer.from_pretrained(spec.path),
        optimizers=(optimizer, None),
        callbacks=[callback],
    )
    replace_head(base)
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
