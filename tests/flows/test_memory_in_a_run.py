"""Memory in whole short runs: a budget that is chosen, a refusal before a model is opened, and one that runs out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.rows import reading
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.errors import ConfigError
from vibecoder.planning import plan as plans
from vibecoder.planning.describe import describe, plan_json
from vibecoder.planning.plan import Request, make_plan
from vibecoder.running.run import resume, run
from vibecoder.system.machine import Machine
from vibecoder.training.packing import computed_tokens
from vibecoder.types import Batch

QUICK = (
    "evaluate.prompts=0",
    "evaluate.gate=false",
    "output.tensorboard=false",
    "data.held_out=0",
    "lora.rank=4",
    "stages.tool-use.train.epochs=1",
    "train.save_every=0",
)


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [identified(dataclasses.replace(reading(i), id="", group=f"g{i}")) for i in range(16)]
    Dataset(tmp_path / "dataset.jsonl").append(rows)


def request(*sets: str, **options: Any) -> Request:
    return Request(("tool-use",), model="nano", backend="mlx", profile="cpu-nano", sets=(*QUICK, *sets), **options)


def machine_with(memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "detect", lambda: Machine("Linux", "x86_64", memory, 2))


def largest(plan: plans.Plan) -> int:
    schedule = plan.stages[0].schedule
    return max(computed_tokens(schedule, group) for step in schedule.steps for group in step)


def order(plan: plans.Plan) -> list[list[int]]:
    return [[i for group in step for i in group.rows] for step in plan.stages[0].schedule.steps]


def test_a_smaller_machine_takes_fewer_tokens_at_once_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(2**35, monkeypatch)
    ample = make_plan(request())
    assert ample.stages[0].fit
    needed = ample.stages[0].fit.prediction.total
    machine_with(int((needed + 2**29) / 0.85), monkeypatch)  # what is left of this is short by the slack
    small = make_plan(request())
    assert small.stages[0].fit
    assert small.stages[0].fit.fits
    assert largest(small) < largest(ample)
    assert order(small) == order(ample)
    assert small.stages[0].schedule.digest == ample.stages[0].schedule.digest
    assert small.stages[0].fit.prediction.total < needed


def test_a_plan_says_what_memory_it_takes() -> None:
    plan = make_plan(request())
    assert "memory" in describe(plan)
    assert "tokens at once" in describe(plan)
    (stage,) = plan_json(plan)["plan"]
    assert stage["memory"]["predicted"] == sum(stage["memory"]["parts"].values()) < stage["memory"]["budget"]


def test_what_cannot_fit_is_refused_before_a_model_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(2**29 + 2**26, monkeypatch)
    with pytest.raises(ConfigError, match=r"training nano takes .* even with every row alone"):
        make_plan(request())


def test_memory_that_runs_out_is_made_do_with_and_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:

    import vibecoder_mlx.objectives.sft as mlx_sft

    whole = mlx_sft.summed_loss
    plan = make_plan(request(name="short"))
    limit = largest(plan) - 1
    passes: list[int] = []

    def summed_loss(parts: Any, batch: Batch, states: Any = ()) -> Any:
        passes.append(len(batch.prefix) + batch.ids.size)
        if passes[-1] > limit:
            raise RuntimeError("[METAL] Command buffer execution failed: Insufficient Memory")
        return whole(parts, batch, states)

    monkeypatch.setattr(mlx_sft, "summed_loss", summed_loss)
    result = run(plan)
    assert result.exit_status == 0
    state = json.loads((result.folder / "run.json").read_text())
    assert state["status"] == "finished"
    assert state["relief"]["tokens"] <= limit
    assert state["changes"]
    steps = _steps(result.folder)
    assert steps == [1, 2]
    report = (result.folder / "report.md").read_text()
    assert "## Changed on the way" in report
    assert "memory ran out; going on with at most" in report


def test_hours_that_are_over_end_well_and_a_resumed_run_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    first = run(make_plan(request(name="short", max_hours=1e-9)))
    assert first.exit_status == 0
    assert json.loads((first.folder / "run.json").read_text())["status"] == "stopped"
    assert "vibecoder train --resume" in capsys.readouterr().out
    second = resume(first.folder, max_hours=1.0)
    assert second.exit_status == 0
    assert json.loads((first.folder / "run.json").read_text())["status"] == "finished"
    assert _steps(first.folder) == [1, 2]


def _steps(folder: Path) -> Sequence[int]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["step"] for line in lines if "learning_rate" in line]
