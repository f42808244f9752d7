"""Training one stage of a plan: its job for the backend, held-out loss before and after, its entry in `run.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.evaluate import CallPrompt, score_replies
from vibecoder.planning.describe import stage_json
from vibecoder.planning.plan import Plan
from vibecoder.planning.stage import StagePlan
from vibecoder.progress.protocol import Progress
from vibecoder.running.events import StageEvents
from vibecoder.running.interrupts import Interrupts
from vibecoder.running.pace import Pace
from vibecoder.runs.metrics import MetricsWriter
from vibecoder.training.checkpoints import latest_checkpoint
from vibecoder.training.packing import evaluation_batches, step_tokens
from vibecoder.types import Backend, Batch, LoraSpec, OptimizerSpec, Probe, TrainJob, TrainResult

__all__ = ["StageRun"]


@dataclass(frozen=True, slots=True)
class StageRun:
    """What every stage of a run is trained with."""

    plan: Plan
    backend: Backend
    metrics: MetricsWriter
    progress: Progress
    interrupts: Interrupts
    pace: Pace

    def train(
        self, stage: StagePlan, number: int, folder: Path, start: Path | None
    ) -> tuple[TrainResult, dict[str, Any]]:
        """Train one stage from the adapter `start`, or go on at its newest checkpoint; the result and its entry."""
        name, options = stage.stage.name, stage.settings.train
        checkpoint = latest_checkpoint(self.plan.folder / "stages" / folder.name)
        from_step = int(checkpoint.name.removeprefix("step-")) if checkpoint else 0
        self.metrics.truncate(name, from_step)
        self.progress.stage_started(
            name,
            number,
            len(self.plan.stages),
            len(stage.schedule),
            len(stage.schedule.rows),
            stage.supervised_share,
            tokens_per_step=_tokens_per_step(stage),
        )
        if checkpoint:
            self.progress.resumed(from_step)
        held = evaluation_batches(stage.held_out, stage.tokens, options.share_prefixes)
        with self.progress.busy("held-out loss before the stage"):
            before = self.backend.loss(held, start).mean if held else None
        own = [prompt for prompt in self.plan.prompts if stage.stage.takes(prompt.category)]
        asked = own[: self.plan.settings.evaluate.at_save]
        events = StageEvents(
            name,
            self.metrics,
            self.progress,
            self.interrupts,
            self.pace,
            lambda replies: score_replies(self.plan.tokenizer, asked, replies),
        )
        result = self.backend.train(self._job(stage, folder, start, checkpoint, held, asked), events)
        if result.stopped:
            return result, {}
        with self.progress.busy("held-out loss after the stage"):
            after = self.backend.loss(held, result.adapter).mean if held else None
        entry = {
            **stage_json(stage),
            "seconds": round(events.seconds, 1),
            "supervised_tokens": events.tokens,
            "tokens_per_second": round(events.tokens / max(1e-9, events.seconds), 1),
            "peak_memory": events.peak,
            "best_step": result.best_step,
            "best_loss": result.best_loss,
            "held_out_loss": {"before": before, "after": after},
            "stopped": None,
        }
        self.progress.stage_finished(entry)
        return result, entry

    def _job(
        self,
        stage: StagePlan,
        folder: Path,
        start: Path | None,
        checkpoint: Path | None,
        held: Sequence[Batch],
        asked: Sequence[CallPrompt],
    ) -> TrainJob:
        options, lora = stage.settings.train, self.plan.settings.lora
        longest = self.plan.settings.evaluate.max_new_tokens
        return TrainJob(
            stage=stage.stage.name,
            objective=stage.stage.objective,
            schedule=stage.schedule,
            held_out=held,
            lora=LoraSpec(lora.rank, lora.alpha, lora.dropout, tuple(lora.targets)),
            optimizer=OptimizerSpec(options.optimizer, stage.rates, options.weight_decay, options.clip),
            seed=self.plan.settings.seed,
            folder=folder,
            base_name=self.plan.model.base_name,
            start=start,
            resume=checkpoint,
            evaluate_every=options.evaluate_every,
            save_every=options.save_every,
            keep="best" if options.keep == "best" else "last",
            probe=Probe([prompt.ids for prompt in asked], longest, self.plan.tokenizer.stop_ids) if asked else None,
        )


def _tokens_per_step(stage: StagePlan) -> list[int]:
    """What the time of a step goes by: the tokens it computes, shared ones once and padding included."""
    return [step_tokens(stage.schedule, step) for step in range(len(stage.schedule))]
