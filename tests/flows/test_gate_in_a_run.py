"""The gate in real short runs of nano: a harmless stage passes, poisoned ones are stopped, and the run says why."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.rows import READ_FILE, reading
from vibecoder.dataset.records import identified
from vibecoder.dataset.store import Dataset
from vibecoder.errors import UserError
from vibecoder.evaluate.comparing.compare import compare
from vibecoder.evaluate.results import EVALUATIONS, find_results, read_results
from vibecoder.planning.plan import Request, make_plan
from vibecoder.running.run import RunResult, resume, run
from vibecoder.runs.record import STOPPED_BY_GATE
from vibecoder.types import Example

QUICK = (
    "evaluate.suites=[none]",
    "data.held_out=0.25",
    "evaluate.prompts=4",
    "evaluate.max_new_tokens=16",
    "output.tensorboard=false",
    "stages.tool-use.train.epochs=1",
    "train.max_steps=8",
    "train.save_every=0",
)
_TALK = ("What is {}?", "How do I use {}?", "Thanks, {} works!", "Please call {} on the phone.")
_SAID = ("It is the part called {}.", "Begin with its page on {}.", "Great that {} works!", "I can't phone {}.")
_WORDS = ("grid", "halo", "iris", "jade", "kite", "lime", "mint", "node")


def talk(number: int) -> Example:
    ask, said, word = _TALK[number % 4], _SAID[number % 4], _WORDS[number // 4 % 8]
    messages = [{"role": "user", "content": ask.format(word)}, {"role": "assistant", "content": said.format(word)}]
    return Example(category="tool-use", messages=messages, tools=[READ_FILE] if number % 8 < 4 else [])


def calls() -> list[Example]:
    return [dataclasses.replace(reading(i), id="") for i in range(56)]


def shuffled(rows: Sequence[Example]) -> list[Example]:
    """Every prompt with another row's reply."""
    return [
        dataclasses.replace(row, messages=[row.messages[0], rows[at - 7].messages[1]]) for at, row in enumerate(rows)
    ]


def sound() -> list[Example]:
    return [*calls()[:32], *(talk(i) for i in range(24))]


POISONS: dict[str, tuple[Callable[[], list[Example]], tuple[str, ...], str]] = {
    "shuffled labels": (lambda: shuffled(calls()), (), "look shuffled"),
    "only tool calls": (calls, ("stages.tool-use.train.epochs=2",), "nothing but tool calls"),
    "a learning rate of 1": (sound, ("train.learning_rate=1",), "held-out loss"),
}


def trained(folder: Path, rows: Sequence[Example], *sets: str, stages: str = "tool-use") -> RunResult:
    data = folder / "rows.jsonl"
    Dataset(data).append([identified(dataclasses.replace(row, group=f"g{i}")) for i, row in enumerate(rows)])
    request = Request(
        stages=(stages,), data=str(data), model="nano", backend="mlx", profile="cpu-nano",
        sets=(*QUICK, *sets), output=str(folder / "runs"), name="run",
    )  # fmt: skip
    return run(make_plan(request))


def state(result: RunResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((result.folder / "run.json").read_text())
    return found


def test_a_harmless_stage_is_kept(tmp_path: Path) -> None:
    result = trained(tmp_path, sound(), "seed=3")
    found = state(result)
    assert (result.exit_status, found["status"]) == (0, "finished"), found["stages"][0]["gate"]["reasons"]
    assert found["stages"][0]["gate"]["kept"]
    assert (result.folder / "adapter" / "adapter_config.json").exists()
    base, tuned = (read_results(result.folder / EVALUATIONS / when) for when in ("base", "tool-use"))
    compared = compare(base, tuned)
    assert compared.rows[0].change.prompts == found["tool_calls"][0]["total"] == 4
    assert find_results(result.folder) == tuned.folder
    assert "stopped by the gate" not in (result.folder / "report.md").read_text()


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_stage_is_stopped(poison: str, tmp_path: Path) -> None:
    rows, sets, reason = POISONS[poison]
    result = trained(tmp_path, rows(), *sets)
    found = state(result)
    assert (result.exit_status, found["status"]) == (1, STOPPED_BY_GATE), found["stages"]
    assert any(reason in given for given in found["gate"]["reasons"]), found["gate"]
    assert not (result.folder / "adapter").exists()
    assert "stopped by the gate" in (result.folder / "report.md").read_text()
    with pytest.raises(UserError, match="the gate stopped the run"):
        resume(result.folder)


def test_with_warn_the_run_goes_on_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, sets, reason = POISONS["a learning rate of 1"]
    sets = (*sets, "evaluate.on_regression=warn", "train.max_steps=2", "evaluate.prompts=2")
    result = trained(tmp_path, rows()[::2], *sets)
    found = state(result)
    assert (result.exit_status, found["status"]) == (0, "finished")
    assert not found["stages"][0]["gate"]["kept"]
    assert (result.folder / "adapter").exists()
    assert f"the gate refuses stage tool-use: the {reason}" in capsys.readouterr().out
