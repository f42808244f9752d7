"""One process's way through a plan: open the model, train stage by stage, measure, let the gate judge, report.

Everything a resumed run needs stands in the run's folder: `run.json` (rewritten whole after every stage) and each
stage's checkpoints. Under a launcher every process runs the same plan; only rank 0's folder is kept.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.adapters.folder import read_adapter
from vibecoder.errors import TrainingDiverged
from vibecoder.evaluate import CallScore, score_calls
from vibecoder.models import cache_folder
from vibecoder.planning.plan import Plan
from vibecoder.progress.display import make_progress
from vibecoder.reporting.page import write_report
from vibecoder.running.gatekeeper import BASE, STOPPED, Gatekeeper, explain
from vibecoder.running.interrupts import Interrupts
from vibecoder.running.pace import Pace
from vibecoder.running.recovery import Recovering, Relief
from vibecoder.running.stage import StageRun
from vibecoder.runs.metrics import MetricsWriter, read_metrics
from vibecoder.runs.versions import now, versions
from vibecoder.system.swap import advice
from vibecoder.system.writing import atomic_folder, write_json
from vibecoder.types import Backend, ModelSpec, Rendered, TrainResult

__all__ = ["RunResult", "Runner"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: its folder, and 0, 1 where the gate stopped it, or 130 where it was interrupted."""

    folder: Path
    exit_status: int


class Runner:
    """One process's way through a plan."""

    def __init__(self, plan: Plan, json_output: bool) -> None:
        self.plan = plan
        rank, self.world = plan.backend.rank_and_world()
        self.main = rank == 0
        self.progress = make_progress(json_output, silent=not self.main)
        self.folder = plan.folder if self.main else Path(tempfile.mkdtemp(prefix="vibecoder-rank-"))
        self.state: dict[str, Any] = {}
        self.pace = Pace(plan.settings.pace.max_hours, plan.settings.pace.throttle)
        self.gate = Gatekeeper.of(plan, self.folder) if plan.settings.evaluate.gate else None

    def carry_out(self, state: dict[str, Any]) -> RunResult:
        self.state = state
        self.state.setdefault("created", now())
        self.state["command"] = " ".join(["vibecoder", *sys.argv[1:]])
        self.state["versions"] = versions()
        self._save()
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
            self.state["relief"] = relief.as_dict()
            self.state.setdefault("changes", []).append({"stage": stage, "step": step, "text": text})
            self._save()
            metrics.truncate(stage, step)
            self.progress.warning(text)

        with self.progress.busy(f"opening {self.plan.model.name} on {self.plan.backend.name}"):
            if self.world > 1:  # the others would wait for the one that begins a step again
                return self.plan.backend.open(spec)
            return Recovering(self.plan.backend.open, spec, Relief.of(self.state.get("relief")), changed)

    def _stages(self, backend: Backend, metrics: MetricsWriter, interrupts: Interrupts) -> Path | None:
        """Train what is left to train; the last good adapter, or None where there is none or the run was stopped."""
        adapter = self.plan.adapter
        if adapter:
            read_adapter(adapter)
        if not self.state["tool_calls"]:
            self._measure(backend, adapter, BASE, metrics)
        training = StageRun(self.plan, backend, metrics, self.progress, interrupts, self.pace)
        done = {stage["name"] for stage in self.state["stages"]}
        for number, stage in enumerate(self.plan.stages, 1):
            folder = self.folder / "stages" / f"{number}-{stage.stage.name}"
            if stage.stage.name not in done:
                try:
                    result, entry = training.train(stage, number, folder, adapter)
                except TrainingDiverged as error:
                    if not self.gate:
                        raise
                    self._stop(stage.stage.name, [str(error)])
                    return adapter
                if result.stopped:
                    self._stopped(stage.stage.name, result)
                    return None
                self.state["stages"].append(entry)
                self._measure(backend, folder / "adapter", stage.stage.name, metrics, stage.held_out)
            if not self._is_kept(number):
                return adapter
            adapter = folder / "adapter"
        return adapter

    def _is_kept(self, number: int) -> bool:
        """Whether the run goes on from stage `number`, which is trained and measured; the gate says so once."""
        entry = self.state["stages"][number - 1]
        if self.gate and "gate" not in entry:
            names = [stage["name"] for stage in self.state["stages"][:number]]
            decision = self.gate.judge(names, entry["held_out_loss"])
            entry["gate"] = decision.as_dict()
            for line in explain(entry["name"], decision):
                self.progress.warning(line)
        if entry.get("gate", {}).get("kept", True) or self.plan.settings.evaluate.on_regression == "warn":
            self._save()
            return True
        self._stop(entry["name"], entry["gate"]["reasons"])
        return False

    def _stop(self, stage: str, reasons: Sequence[str]) -> None:
        """The gate's end of a run; the adapter of the stage before is its result."""
        self.state["status"], self.state["gate"] = STOPPED, {"stage": stage, "reasons": list(reasons)}
        self._save()

    def _measure(
        self,
        backend: Backend,
        adapter: Path | None,
        when: str,
        metrics: MetricsWriter,
        held_out: Sequence[Rendered] = (),
    ) -> None:
        """Held-out tool calls with `adapter`, kept in `run.json` so that a resumed run does not repeat it."""
        score = None
        if self.plan.prompts:  # on every process: a backend may share the prompts out among them
            options = self.plan.settings.evaluate
            with self.progress.busy(f"tool calls on {len(self.plan.prompts)} held-out prompts ({when})"):
                score = score_calls(backend, self.plan.tokenizer, self.plan.prompts, adapter, options.max_new_tokens)
            self.state["tool_calls"].append(score.as_dict(when))
            self._keep_samples(score, when)
            metrics.write_tool_calls(score.as_dict(when))
            self.progress.notice(f"{when}: {score.exact} of {score.total} held-out tool calls exact")
        if self.gate:
            with self.progress.busy(f"what the gate goes by ({when})"):
                self.gate.measure(backend, adapter, when, score, held_out)
        self._save()

    def _keep_samples(self, score: CallScore, when: str) -> None:
        samples = self.state.setdefault("samples", [])
        if not samples:
            for prompt in self.plan.prompts[: self.plan.settings.evaluate.samples]:
                samples.append(
                    {"category": prompt.category, "user": prompt.user, "expected": json.dumps(list(prompt.expected))}
                )
        for sample, reply in zip(samples, score.replies, strict=False):
            sample["base" if when == "base" else "tuned"] = reply

    def _stopped(self, stage: str, result: TrainResult) -> None:
        self.state["status"] = "stopped"
        self._save()
        self.progress.notice(f"{result.stopped}: saved after step {result.steps} of stage {stage}")
        self.progress.notice(f"go on with: vibecoder train --resume {self.folder}")

    def _finish(self, adapter: Path | None) -> RunResult:
        by_gate = self.state["status"] == STOPPED
        if adapter is None and not by_gate:
            return RunResult(self.folder, 0 if self.pace.over else 130)
        if not self.main:
            return RunResult(self.folder, int(by_gate))
        final = self.folder / "adapter"
        if adapter:
            with atomic_folder(final) as scratch:
                for file in adapter.iterdir():
                    shutil.copy2(file, scratch / file.name)
        self.state["status"], self.state["finished"] = STOPPED if by_gate else "finished", now()
        self._save()
        report = write_report(
            self.folder, self.state, read_metrics(self.folder / "metrics.jsonl"), self.state.get("samples", [])
        )
        self.progress.notice(f"adapter: {final if adapter else 'none, the gate kept no stage'}")
        self.progress.notice(f"report:  {report}")
        if by_gate:
            return RunResult(self.folder, 1)
        if self.plan.push:
            from vibecoder.hub.push import push

            pushed = push(self.folder, self.plan.push, self.plan.settings.hub.private)
            self.progress.notice(f"pushed:  {pushed.url}")
        return RunResult(self.folder, 0)

    def _save(self) -> None:
        write_json(self.folder / "run.json", self.state)
