"""Train one stage of a plan: its job for the backend, held-out loss before and after, its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vibecoder.adapters.names import layer_names
from vibecoder.evaluate import CallPrompt, score_replies
from vibecoder.models import read_config
from vibecoder.planning.describe import stage_json
from vibecoder.planning.plan import Plan
from vibecoder.planning.stage import StagePlan
from vibecoder.progress.display import Progress
from vibecoder.progress.events import StageFinished, StageResumed, StageStarted
from vibecoder.running.events import StageEvents
from vibecoder.running.interrupts import Interrupts
from vibecoder.running.pace import Pace
from vibecoder.runs.codec import decode
from vibecoder.runs.metrics import MetricsWriter, by_stage, read_metrics
from vibecoder.runs.parts import StageRecord
from vibecoder.training.checkpoints import latest_checkpoint
from vibecoder.training.packing import evaluation_batches, step_tokens
from vibecoder.types import Backend, Batch, LoraSpec, OptimizerSpec, Probe, TrainJob, TrainResult

__all__ = ["StageRun"]


@dataclass(frozen=True, slots=True)
class StageRun:
    """Trains stages of one plan, with the backend, metrics, display, interrupts and pace of the run."""

    plan: Plan
    backend: Backend
    metrics: MetricsWriter
    progress: Progress
    interrupts: Interrupts
    pace: Pace

    def train(
        self, stage: StagePlan, number: int, folder: Path, start: Path | None
    ) -> tuple[TrainResult, StageRecord | None]:
        """Train one stage from the adapter `start`, or resume its newest checkpoint; no record where it was stopped."""
        name, options = stage.spec.name, stage.settings.train
        checkpoint = latest_checkpoint(self.plan.folder / "stages" / folder.name)
        from_step = int(checkpoint.name.removeprefix("step-")) if checkpoint else 0
        self.metrics.truncate(name, from_step)
        self.progress.show(
            StageStarted(
                name=name,
                index=number,
                count=len(self.plan.stages),
                steps=len(stage.schedule),
                rows=len(stage.schedule.rows),
                supervised_share=stage.supervised_share,
                tokens_per_step=_tokens_per_step(stage),
            )
        )
        if checkpoint:
            self.progress.show(StageResumed(from_step))
        held = evaluation_batches(stage.held_out, stage.tokens, options.share_prefixes)
        with self.progress.busy("held-out loss before the stage"):
            before = self.backend.loss(held, start).mean if held else None
        own = [prompt for prompt in self.plan.prompts if stage.spec.takes(prompt.category)]
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
            return result, None
        with self.progress.busy("held-out loss after the stage"):
            after = self.backend.loss(held, result.adapter).mean if held else None
        # Out of the metrics, which have the steps before an interruption too, and each step once.
        steps = by_stage(read_metrics(self.metrics.path), "step").get(name, [])
        seconds, tokens = sum(step["seconds"] for step in steps), sum(step["tokens"] for step in steps)
        measured = {
            "seconds": round(seconds, 1),
            "supervised_tokens": tokens,
            "tokens_per_second": round(tokens / max(1e-9, seconds), 1),
            "peak_memory": max((step["peak_memory"] for step in steps), default=0),
            "best_step": result.best_step,
            "best_loss": result.best_loss,
            "held_out_loss": {"before": before, "after": after},
        }
        record = decode(StageRecord, stage_json(stage) | measured)
        self.progress.show(StageFinished(record))
        return result, record

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
            stage=stage.spec.name,
            objective=stage.spec.objective,
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
            layer_names=layer_names(read_config(self.plan.model.folder)),
        )


def _tokens_per_step(stage: StagePlan) -> list[int]:
    """Count the tokens that each step computes (padding included, shared ones once), used for the ETA."""
    return [step_tokens(stage.schedule, step) for step in range(len(stage.schedule))]
