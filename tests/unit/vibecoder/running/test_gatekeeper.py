"""The gatekeeper's measurements with real suites and a real model, and what it says of a refused stage."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.rows import reading
from vibecoder import plugins
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.evaluate.gate.rule import Decision
from vibecoder.evaluate.results import EVALUATIONS, read_results, write_results
from vibecoder.models import NANO
from vibecoder.planning.plan import Request, make_plan
from vibecoder.running.gatekeeper import Gatekeeper, refusal_lines
from vibecoder.runs.parts import Losses
from vibecoder.types import Backend, ModelSpec


@pytest.fixture(scope="module")
def nano() -> Iterator[Backend]:
    backend = plugins.load().backend("mlx").open(ModelSpec(str(NANO), precision="float32"))
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gatekeeper:
    folder = tmp_path_factory.mktemp("gate")
    Dataset(folder / "rows.jsonl").append([identified(dataclasses.replace(reading(i), id="")) for i in range(12)])
    request = Request(
        stages=("tool-use",), data=str(folder / "rows.jsonl"), model="nano", backend="mlx", profile="cpu-nano",
        output=str(folder), name="run", sets=("evaluate.suites=[static]", "evaluate.prompts=2"),
    )  # fmt: skip
    found = Gatekeeper.of(make_plan(request), folder / "run")
    return dataclasses.replace(found, asked=[dataclasses.replace(each, max_new_tokens=8) for each in found.asked[:3]])


def test_suites_are_asked_and_a_stage_that_changes_nothing_is_kept(gate: Gatekeeper, nano: Backend) -> None:
    for when in ("base", "tool-use"):
        gate.measure(nano, None, when, None)
    base = read_results(gate.folders[0] / EVALUATIONS / "base")
    assert [verdict.prompt for verdict in base.verdicts] == [prompt.id for prompt in gate.asked]
    assert all(verdict.measures["user"] for verdict in base.verdicts)
    assert len(base.about["plain_loss"]) == 16
    assert base.about["suites"] == ["tool-calls", "static"]
    decision = gate.judge(["tool-use"], Losses(before=2.0, after=1.0))
    assert decision.kept
    assert set(decision.suites) == {"static"}
    assert gate.judge(["tool-use"], Losses(before=2.0, after=2.5)).reasons == (
        "the held-out loss did not fall: 2 before, 2.5 after",
    )


def test_plain_talk_is_judged_against_the_base(gate: Gatekeeper) -> None:
    """What a stage takes back of an earlier one's gain is nothing forgotten."""
    folder = gate.folders[0] / EVALUATIONS
    base = read_results(folder / "base")
    for name, change in (("better", -0.5), ("worse", 0.5)):
        about = {**base.about, "plain_loss": [loss + change for loss in base.about["plain_loss"]]}
        write_results(folder / name, about, base.verdicts)
    assert gate.judge(["better", "tool-use"], Losses()).kept
    assert not gate.judge(["better", "worse"], Losses()).kept
    assert gate.judge(["worse", "tool-use"], Losses()).kept


def test_a_gone_on_run_reads_what_lies_in_its_first_folder(gate: Gatekeeper, tmp_path: Path) -> None:
    elsewhere = dataclasses.replace(gate, folders=(tmp_path, gate.folders[0]))
    assert elsewhere.judge(["tool-use"], Losses()).kept


def test_a_refusal_names_the_reasons_and_the_first_prompts() -> None:
    failure = {
        "prompt": "canary/1",
        "suite": "canary",
        "reason": "no code",
        "user": "Add\nit",
        "before": "x",
        "after": "",
    }
    lines = refusal_lines("full", Decision(False, ("it fell",), (failure,) * 5, {}))
    assert lines[0] == "the gate refuses stage full: it fell"
    assert lines[1] == "failed: 'Add it': no code; the reply was ''"
    assert len(lines) == 4
