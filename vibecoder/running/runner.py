"""Run a plan in this process: open the model, train stage by stage, measure, apply the gate, report.

Everything a resumed run needs is in the run's folder: `run.json` (rewritten whole after every stage) and each stage's
checkpoints. Under a launcher every process runs the same plan; only rank 0's folder is kept.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import TrainingDiverged
from vibecoder.evaluate import CallScore, score_calls
from vibecoder.models import cache_folder
from vibecoder.planning.plan import Plan
from vibecoder.progress.display import Progress
from vibecoder.reporting.page import write_report
from vibecoder.running.gatekeeper import Gatekeeper, refusal_lines
from vibecoder.running.interrupts import Interrupts
from vibecoder.running.pace import Pace
from vibecoder.running.recovery import Recovering, Relief
from vibecoder.running.stage import StageRun
from vibecoder.runs.codec import encode
from vibecoder.runs.metrics import MetricsWriter, read_metrics
from vibecoder.runs.parts import BASE, GateStop, RunChange, Sample
from vibecoder.runs.record import FINISHED, STOPPED, STOPPED_BY_GATE, RunRecord
from vibecoder.runs.versions import now, versions
from vibecoder.system.swap import advice
from vibecoder.system.writing import atomic_folder
from vibecoder.types import Backend, ModelSpec, Rendered, TrainResult

__all__ = ["RunResult", "Runner"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: its folder, and 0, 1 where the gate stopped it, or 130 where it was interrupted."""

    folder: Path
    exit_status: int


class Runner:
    """Runs a plan in this process: opens the model, trains, evaluates, applies the gate, writes the report."""

    def __init__(self, plan: Plan, record: RunRecord, progress: Progress) -> None:
        self.plan, self.record, self.progress = plan, record, progress
        rank, self.world = plan.backend.rank_and_world()
        self.main = rank == 0
        self.folder = plan.folder if self.main else Path(tempfile.mkdtemp(prefix="vibecoder-rank-"))
        self.pace = Pace(plan.settings.pace.max_hours, plan.settings.pace.throttle)
        self.gate = Gatekeeper.of(plan, self.folder) if plan.settings.evaluate.gate else None

    def run(self) -> RunResult:
        """Carry out what is left of the plan, and write the adapter and the report where it ends."""
        self._save(
            created=self.record.created or now(), command=" ".join(["vibecoder", *sys.argv[1:]]), versions=versions()
        )
        for notice in (*self.plan.notices, *advice(self.plan.machine, dict(os.environ))):
            self.progress.notice(notice)
        if self.plan.push and self.main:
            from vibecoder.hub.push import check_repo, sign_in

            check_repo(self.plan.push)
            sign_in()
        self.progress.notice(f"profile {self.plan.profile}: {self.plan.profile_reason}")
        with (
            Interrupts() as interrupts,
            self.pace,
            MetricsWriter(self.folder, tensorboard=self.plan.settings.output.tensorboard and self.main) as metrics,
        ):
            try:
                backend = self._open(metrics)
                adapter = self._stages(backend, metrics, interrupts)
                backend.close()
            finally:
                self.progress.close()
        if not self.main:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self._finish(adapter)

    def _open(self, metrics: MetricsWriter) -> Backend:
        settings = self.plan.settings.model
        spec = ModelSpec(
            str(self.plan.model.folder),
            settings.quantization,
            settings.precision,
            settings.checkpointing,
            cache_folder(),
        )

        def changed(stage: str, step: int, relief: Relief, text: str) -> None:
            changes = (*self.record.changes, RunChange(stage=stage, step=step, text=text))
            self._save(relief=relief.as_dict(), changes=changes)
            metrics.truncate(stage, step)
            self.progress.warning(text)

        with self.progress.busy(f"opening {self.plan.model.name} on {self.plan.backend.name}"):
            if self.world > 1:  # the others would wait for the one that begins a step again
                return self.plan.backend.open(spec)
            relief, can_checkpoint = Relief.of(self.record.relief), self.plan.backend.checkpointing
            return Recovering(self.plan.backend.open, spec, relief, changed, can_checkpoint)

    def _stages(self, backend: Backend, metrics: MetricsWriter, interrupts: Interrupts) -> Path | None:
        """Train the stages that are left; return the last good adapter, None where there is none or it was stopped."""
        adapter = self.plan.adapter
        if adapter:
            read_adapter(adapter)
        if not self.record.tool_calls:
            self._measure(backend, adapter, BASE, metrics)
        training = StageRun(self.plan, backend, metrics, self.progress, interrupts, self.pace)
        done = {stage.name for stage in self.record.stages}
        for number, stage in enumerate(self.plan.stages, 1):
            name = stage.spec.name
            folder = self.folder / "stages" / f"{number}-{name}"
            if name not in done:
                try:
                    result, trained = training.train(stage, number, folder, adapter)
                except TrainingDiverged as error:
                    if not self.gate:
                        raise
                    self._stop(name, [str(error)])
                    return adapter
                if trained is None:
                    self._stopped(name, result)
                    return None
                self.record = self.record.changed(stages=(*self.record.stages, trained))
                self._measure(backend, folder / "adapter", name, metrics, stage.held_out)
            if not self._is_kept(number):
                return adapter
            adapter = folder / "adapter"
        return adapter

    def _is_kept(self, number: int) -> bool:
        """Tell whether the run goes on from stage `number`, asking the gate once."""
        stages = self.record.stages
        stage = stages[number - 1]
        if self.gate and stage.gate is None:
            decision = self.gate.judge([stage.name for stage in stages[:number]], stage.held_out_loss)
            stage = replace(stage, gate=decision.as_record())
            self.record = self.record.changed(stages=(*stages[: number - 1], stage, *stages[number:]))
            for line in refusal_lines(stage.name, decision):
                self.progress.warning(line)
        if stage.gate is None or stage.gate.kept or self.plan.settings.evaluate.on_regression == "warn":
            self._save()
            return True
        self._stop(stage.name, stage.gate.reasons)
        return False

    def _stop(self, stage: str, reasons: Sequence[str]) -> None:
        """Record the gate's end of the run; the adapter of the stage before is its result."""
        self._save(status=STOPPED_BY_GATE, gate=GateStop(stage=stage, reasons=tuple(reasons)))

    def _measure(
        self,
        backend: Backend,
        adapter: Path | None,
        when: str,
        metrics: MetricsWriter,
        held_out: Sequence[Rendered] = (),
    ) -> None:
        """Measure held-out tool calls with `adapter` and what the gate needs; recorded, so a resumed run has it."""
        score = None
        if self.plan.prompts:  # on every process: a backend may share the prompts out among them
            options = self.plan.settings.evaluate
            with self.progress.busy(f"tool calls on {len(self.plan.prompts)} held-out prompts ({when})"):
                score = score_calls(backend, self.plan.tokenizer, self.plan.prompts, adapter, options.max_new_tokens)
            measured = score.measurement(when)
            self.record = self.record.changed(
                tool_calls=(*self.record.tool_calls, measured), samples=self._samples(score, when)
            )
            metrics.write_tool_calls(encode(measured))
            self.progress.notice(f"{when}: {score.exact} of {score.total} held-out tool calls exact")
        if self.gate:
            with self.progress.busy(f"what the gate goes by ({when})"):
                self.gate.measure(backend, adapter, when, score, held_out)
        self._save()

    def _samples(self, score: CallScore, when: str) -> tuple[Sample, ...]:
        """Return the samples of the report with the replies measured now."""
        samples = self.record.samples or tuple(
            Sample(category=prompt.category, user=prompt.user, expected=json.dumps(list(prompt.expected)))
            for prompt in self.plan.prompts[: self.plan.settings.evaluate.samples]
        )
        judged = zip(samples, score.verdicts, strict=False)
        if when == BASE:
            return tuple(replace(sample, base=each.reply, base_right=each.passed) for sample, each in judged)
        return tuple(replace(sample, tuned=each.reply, tuned_right=each.passed) for sample, each in judged)

    def _stopped(self, stage: str, result: TrainResult) -> None:
        self._save(status=STOPPED)
        self.progress.notice(f"{result.stopped}: saved after step {result.steps} of stage {stage}")
        self.progress.notice(f"go on with: vibecoder train --resume {self.folder}")

    def _finish(self, adapter: Path | None) -> RunResult:
        by_gate = self.record.status == STOPPED_BY_GATE
        if adapter is None and not by_gate:
            return RunResult(self.folder, 0 if self.pace.over else 130)
        if not self.main:
            return RunResult(self.folder, int(by_gate))
        final = self.folder / "adapter"
        if adapter:
            with atomic_folder(final) as scratch:
                for file in adapter.iterdir():
                    shutil.copy2(file, scratch / file.name)
        self._save(status=STOPPED_BY_GATE if by_gate else FINISHED, finished=now())
        report = write_report(self.folder, self.record, read_metrics(self.folder / "metrics.jsonl"))
        self.progress.notice(f"adapter: {final if adapter else 'none, the gate kept no stage'}")
        self.progress.notice(f"report:  {report}")
        if by_gate:
            return RunResult(self.folder, 1)
        if self.plan.push:
            from vibecoder.hub.push import push

            pushed = push(self.folder, self.plan.push, self.plan.settings.hub.private)
            self.progress.notice(f"pushed:  {pushed.url}")
        return RunResult(self.folder, 0)

    def _save(self, **changes: Any) -> None:
        self.record = self.record.changed(**changes)
        self.record.write(self.folder)
