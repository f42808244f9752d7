"""Evaluations: the same verdicts on both backends, every time, and after an interruption; unseen rows; the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from vibecoder import plugins
from vibecoder.adapters.folder import write_adapter
from vibecoder.cli.commands.eval import evaluate as command
from vibecoder.dataset.split import split
from vibecoder.dataset.store import Dataset
from vibecoder.errors import ConfigError, DataError, ModelError, OutputError
from vibecoder.evaluate import running
from vibecoder.evaluate.asking import Asker, Reply, chunks
from vibecoder.evaluate.request import EvaluationRequest, plan_evaluation
from vibecoder.evaluate.results import read_results
from vibecoder.evaluate.running import evaluate, judged
from vibecoder.evaluate.suites.by_name import choose_suites, prompts_of
from vibecoder.evaluate.summary import summary
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Backend, Example, LoraSpec, ModelSpec, Prompt, SuiteJob

ABOUT = {"model": "nano", "adapter": None, "backend": "mlx"}


def few(tokens: int = 12) -> list[Prompt]:
    """A chat, an infilling, a call and a conversation with tools: every way of asking."""
    job, registry = SuiteJob(), plugins.load(installed=False)
    found = {prompt.id: prompt for prompt in prompts_of(choose_suites(["canary,regression,static"], registry), job)}
    names = ("canary/sum", "canary/hello", "canary/call-read", "static/fim-clamp", "regression/work-typo")
    return [replace(found[name], max_new_tokens=tokens) for name in names]


def verdicts_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def test_the_same_prompts_get_the_same_verdicts_on_both_backends(tokenizer: ChatTokenizer, tmp_path: Path) -> None:
    found = []
    for name in ("mlx", "cuda"):
        backend = plugins.load().backend(name).open(ModelSpec(str(NANO), precision="float32"))
        found.append(evaluate(Asker(backend, tokenizer), few(), tmp_path / name, {**ABOUT, "backend": name}))
        backend.close()
    assert found[0] == found[1]
    assert [verdict.prompt for verdict in found[0]] == [prompt.id for prompt in few()]
    assert any(verdict.reply for verdict in found[0])


class Interrupting:
    """A real backend that is stopped by Ctrl-C after so many batches."""

    def __init__(self, backend: Backend, batches: int) -> None:
        self.backend, self.left = backend, batches

    def generate(self, *given: Any) -> list[list[int]]:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return self.backend.generate(*given)


@pytest.fixture(scope="module")
def nano() -> Any:
    backend = plugins.load().backend("mlx").open(ModelSpec(str(NANO), precision="float32"))
    yield backend
    backend.close()


def test_a_resumed_evaluation_gives_what_an_uninterrupted_one_does(
    nano: Backend, tokenizer: ChatTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    prompts = few(6)
    whole = evaluate(Asker(nano, tokenizer), prompts, tmp_path / "whole", ABOUT)
    stopped = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        evaluate(Asker(Interrupting(nano, 1), tokenizer), prompts, stopped, ABOUT)  # type: ignore[arg-type]
    assert len(verdicts_of(stopped)) == 2
    results = stopped / "results.jsonl"
    results.write_text(results.read_text()[:-9])  # a line that was cut off
    counts: list[tuple[int, int]] = []
    resumed = evaluate(
        Asker(nano, tokenizer), prompts, stopped, ABOUT, resume=True, advance=lambda *count: counts.append(count)
    )
    assert resumed == whole
    assert results.read_bytes() == (tmp_path / "whole" / "results.jsonl").read_bytes()
    assert (counts[0], counts[-1]) == ((1, 5), (5, 5))
    about = read_results(stopped).about
    assert about["status"] == "finished"
    assert about["tokens"] == sum(verdict.tokens for verdict in whole)


def test_results_of_another_evaluation_are_not_touched(nano: Backend, tokenizer: ChatTokenizer, tmp_path: Path) -> None:
    asker, prompts = Asker(nano, tokenizer), few(2)[:1]
    evaluate(asker, prompts, tmp_path, ABOUT)
    before = (tmp_path / "results.jsonl").read_bytes()
    with pytest.raises(OutputError, match="already holds results"):
        evaluate(asker, prompts, tmp_path, ABOUT)
    with pytest.raises(DataError, match="another set of prompts"):
        evaluate(asker, few(3)[:1], tmp_path, ABOUT, resume=True)
    with pytest.raises(DataError, match="another adapter"):
        evaluate(asker, prompts, tmp_path, {**ABOUT, "adapter": "a"}, resume=True)
    assert (tmp_path / "results.jsonl").read_bytes() == before


def test_what_the_model_cannot_be_asked_fails_with_the_reason(
    nano: Backend, tokenizer: ChatTokenizer, tmp_path: Path
) -> None:
    found = evaluate(Asker(nano, tokenizer, longest=40), few(), tmp_path, ABOUT)
    refused = [verdict for verdict in found if verdict.measures.get("refused")]
    assert {verdict.prompt for verdict in refused} >= {"canary/call-read", "regression/work-typo"}
    assert all("too many for a model of 40" in verdict.reason and not verdict.passed for verdict in refused)


def test_neighbours_asked_the_same_way_are_asked_together() -> None:
    prompts = [*few(), replace(few()[0], id="x"), replace(few()[0], id="y")]
    parts = chunks(prompts, 2)
    assert [[prompt.id for prompt in part] for part in parts] == [
        ["canary/sum", "canary/hello"], ["canary/call-read"], ["static/fim-clamp"], ["regression/work-typo"],
        ["x", "y"],
    ]  # fmt: skip


def test_the_summary_counts_by_suite_category_and_subcategory() -> None:
    base = Prompt(id="a", suite="s", category="c", subcategory="one", scorer="rules", reference={"contains": ["yes"]})
    other = replace(base, id="b", subcategory="two")
    rows = summary([judged(base, Reply("yes", 4, True)), judged(other, Reply("no", 6, False))])
    assert [(row["category"], row["subcategory"], row["passed"], row["prompts"]) for row in rows] == [
        ("", "", 1, 2), ("c", "", 1, 2), ("c", "one", 1, 1), ("c", "two", 0, 1),
    ]  # fmt: skip
    assert (rows[0]["stopped"], rows[0]["tokens"], rows[0]["format"]) == (0.5, 5.0, 0.5)


def rows(count: int) -> Sequence[Example]:
    return [
        Example(
            category="tool-use",
            group=f"group {number}",
            messages=[
                {"role": "user", "content": f"Read {number}.py"},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"type": "function", "function": {"name": "read", "arguments": {"n": number}}}],
                },
            ],
            tools=[
                {"type": "function", "function": {"name": "read", "parameters": {"type": "object", "properties": {}}}}
            ],
        )
        for number in range(count)
    ]


def test_an_adapter_is_asked_what_its_own_run_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(tmp_path / "mine.jsonl")
    dataset.append(rows(20))
    contents = dataset.read()
    data = {"path": "mine.jsonl", "size": contents.size, "sha256": contents.digest, "rows": 20, "bad": 0, "counts": {}}
    settings = {"seed": 7, "model": {"name": "nano"}, "data": {"path": "mine.jsonl", "held_out": 0.25}}
    adapter = tmp_path / "runs" / "one" / "stages" / "1-tool-use" / "adapter"
    adapter.mkdir(parents=True)
    (tmp_path / "runs" / "one" / "run.json").write_text(json.dumps({"settings": settings, "data": data}))
    pair = (np.ones((2, 256), np.float32), np.ones((256, 2), np.float32))
    write_adapter(adapter, {"model.layers.0.self_attn.q_proj": pair}, LoraSpec(2, 4.0, 0.0, ("q_proj",)), str(NANO))
    dataset.append(
        [replace(row, messages=[{**row.messages[0], "content": "later"}, row.messages[1]]) for row in rows(1)]
    )
    planned = plan_evaluation(EvaluationRequest(adapter=adapter, suites=("tool-calls",)))
    held = {record.id for record in split(contents.records, 0.25, 7)[1]}
    assert {prompt.id.split("/")[1] for prompt in planned.prompts} == held
    assert len(held) == 5
    assert (planned.model.name, planned.about["seed"], planned.about["held_out"]) == ("nano", 7, 0.25)
    same = EvaluationRequest(adapter=adapter, suites=("tool-calls",), sets=("seed=7", "data.held_out=0.25"))
    assert plan_evaluation(same).prompts == planned.prompts
    with pytest.raises(ConfigError, match=r"seed is 7 in the run that made the adapter, .* drop --set seed"):
        plan_evaluation(replace(same, sets=("seed=8",)))


@pytest.mark.parametrize(
    ("setting", "instead"),
    [("train.epochs=2", "--set takes data"), ("evaluate.max_new_tokens=9", "--set"), ("model.name=x", "give --model")],
)
def test_a_setting_that_an_evaluation_does_not_read_is_refused(setting: str, instead: str) -> None:
    with pytest.raises(ConfigError, match=f"does nothing in an evaluation; {instead}"):
        plan_evaluation(EvaluationRequest(model="nano", suites=("canary",), sets=(setting,)))


def test_an_adapter_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        plan_evaluation(EvaluationRequest(adapter=tmp_path, suites=("canary",)))


def test_the_command_tells_a_table_or_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = ["--model", "nano", "--backend", "mlx", "--suite", "canary", "--suite", "tool-calls", "--limit", "2"]
    done = CliRunner().invoke(command, [*base, "--output", "one", "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert (told["status"], told["prompts"], told["folder"]) == ("finished", 4, "one")
    assert [row["suite"] for row in told["summary"] if not row["category"]] == ["canary", "tool-calls"]
    assert len(read_results(tmp_path / "one").verdicts) == 4
    again = CliRunner().invoke(command, ["--output", "one", "--resume"], catch_exceptions=False)
    assert again.exit_code == 0
    assert "right calls in tags" in again.stdout
    assert "must-pass" in again.stdout
    refused = CliRunner().invoke(command, ["--resume"])
    assert refused.exit_code == 2
    assert "--output" in refused.output
