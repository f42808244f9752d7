"""Carrying a plan out: measure, train stage by stage, measure again, judge, report; and going on with a stopped run.

Everything a resumed run needs stands in the run's folder: `run.json` (rewritten whole after every stage) and each
stage's checkpoints. Under a launcher every process runs the same plan; only rank 0's folder is kept.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibecoder.adapter import read_adapter
from vibecoder.batching import evaluation_batches, step_tokens
from vibecoder.checkpoint import atomic_folder, latest_checkpoint, write_json
from vibecoder.describe import plan_json, stage_json
from vibecoder.environment import now, versions
from vibecoder.errors import OutputError, TrainingDiverged, UserError
from vibecoder.evaluate import CallPrompt, CallScore, score_calls, score_replies
from vibecoder.evaluate.gatekeeper import BASE, STOPPED, Gatekeeper, explain
from vibecoder.interrupts import Interrupts
from vibecoder.metrics import MetricsWriter, read_metrics
from vibecoder.models import cache_folder
from vibecoder.pace import Pace
from vibecoder.plan import Plan, StagePlan, replan, runs_folder
from vibecoder.progress import make_progress
from vibecoder.recovery import Recovering, Relief
from vibecoder.report import write_report
from vibecoder.stage_events import StageEvents
from vibecoder.swap import advice
from vibecoder.types import (
    Backend,
    LoraSpec,
    ModelSpec,
    OptimizerSpec,
    Probe,
    Rendered,
    TrainJob,
    TrainResult,
)

__all__ = ["RunResult", "resume", "run"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: its folder, and 0, 1 where the gate stopped it, or 130 where it was interrupted."""

    folder: Path
    exit_status: int


def run(plan: Plan, *, json_output: bool = False) -> RunResult:
    """Carry out a new plan.

    Raises:
        UserError: the folder cannot be written or holds another run.
        TrainingDiverged: a stage broke off and there is no gate; its last good adapter is saved.
    """
    folder = plan.folder
    if (folder / "run.json").exists():
        raise OutputError(f"{folder} already holds a run; go on with it by --resume {folder}, or choose another --name")
    return _Runner(plan, json_output).carry_out(
        {**plan_json(plan), "stages": [], "tool_calls": [], "status": "running"}
    )


def resume(
    folder: Path | None,
    *,
    json_output: bool = False,
    max_hours: float | None = None,
    throttle: float | None = None,
) -> RunResult:
    """Go on with the run in `folder`, or with the newest unfinished one below `output.folder`, at its own pace or this.

    Raises:
        UserError: there is no such run, it is finished, or its data changed.
    """
    folder = folder or _newest_unfinished(runs_folder())
    state = _read_run(folder)
    if state.get("status") == "finished":
        raise UserError(f"the run {folder} is finished; its adapter is {folder / 'adapter'}")
    if state.get("status") == STOPPED:
        raise UserError(
            f"the gate stopped the run {folder}, see its report.md; put right what it names and start a new run, "
            "or let it pass with --set evaluate.on_regression=warn"
        )
    plan = replan(folder, state)
    given = {"max_hours": max_hours, "throttle": throttle}
    pace = dataclasses.replace(plan.settings.pace, **{key: value for key, value in given.items() if value is not None})
    plan = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, pace=pace))
    return _Runner(plan, json_output).carry_out(state)


def _read_run(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} is no run: it has no readable run.json; see the folders below runs/") from error
    return state


def _newest_unfinished(root: Path) -> Path:
    found = [
        path.parent
        for path in sorted(root.glob("*/run.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        if _read_run(path.parent).get("status") not in ("finished", STOPPED)
    ]
    if not found:
        raise UserError(f"no unfinished run below {root}; name its folder: --resume RUN_DIR")
    return found[0]


class _Runner:
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
            from vibecoder.hub import check_repo, sign_in

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
        done = {stage["name"]: stage for stage in self.state["stages"]}
        for number, stage in enumerate(self.plan.stages, 1):
            folder = self.folder / "stages" / f"{number}-{stage.stage.name}"
            if stage.stage.name not in done:
                try:
                    entry = self._train(backend, stage, number, folder, adapter, metrics, interrupts)
                except TrainingDiverged as error:
                    if not self.gate:
                        raise
                    self._stop(stage.stage.name, [str(error)])
                    return adapter
                if entry is None:
                    return None
                self.state["stages"].append(entry)
                self._measure(backend, folder / "adapter", stage.stage.name, metrics, stage.held_out)
            if not self._is_kept(number):
                return adapter
            adapter = folder / "adapter"
        return adapter

    def _train(
        self,
        backend: Backend,
        stage: StagePlan,
        number: int,
        folder: Path,
        start: Path | None,
        metrics: MetricsWriter,
        interrupts: Interrupts,
    ) -> dict[str, Any] | None:
        """Train one stage; its entry in `run.json`, or None where it was stopped."""
        name, options = stage.stage.name, stage.settings.train
        checkpoint = latest_checkpoint(self.plan.folder / "stages" / folder.name)
        from_step = int(checkpoint.name.removeprefix("step-")) if checkpoint else 0
        metrics.truncate(name, from_step)
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
            before = backend.loss(held, start).mean if held else None
        own = [prompt for prompt in self.plan.prompts if stage.stage.takes(prompt.category)]
        asked = own[: self.plan.settings.evaluate.at_save]
        events = StageEvents(
            name,
            metrics,
            self.progress,
            interrupts,
            self.pace,
            lambda replies: score_replies(self.plan.tokenizer, asked, replies),
        )
        lora = self.plan.settings.lora
        job = TrainJob(
            stage=name,
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
            probe=self._probe(asked),
        )
        result = backend.train(job, events)
        if result.stopped:
            self._stopped(name, result)
            return None
        with self.progress.busy("held-out loss after the stage"):
            after = backend.loss(held, result.adapter).mean if held else None
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
        return entry

    def _probe(self, asked: Sequence[CallPrompt]) -> Probe | None:
        longest = self.plan.settings.evaluate.max_new_tokens
        return Probe([prompt.ids for prompt in asked], longest, self.plan.tokenizer.stop_ids) if asked else None

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
            from vibecoder.hub import push

            pushed = push(self.folder, self.plan.push, self.plan.settings.hub.private)
            self.progress.notice(f"pushed:  {pushed.url}")
        return RunResult(self.folder, 0)

    def _save(self) -> None:
        write_json(self.folder / "run.json", self.state)


def _tokens_per_step(stage: StagePlan) -> list[int]:
    """What the time of a step goes by: the tokens it computes, shared ones once and padding included."""
    return [step_tokens(stage.schedule, step) for step in range(len(stage.schedule))]
