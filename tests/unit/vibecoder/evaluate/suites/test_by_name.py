"""The suites: every prompt's solution passes its scorer and its wrong reply fails; names, files, the split."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest

from vibecoder import hookimpl, plugins
from vibecoder.dataset.generating import generated_records
from vibecoder.dataset.split import split
from vibecoder.errors import DataError, PluginError
from vibecoder.evaluate.calls import call_prompts
from vibecoder.evaluate.scoring.by_name import SCORERS
from vibecoder.evaluate.scoring.workspace import PromptWorkspace
from vibecoder.evaluate.suites.by_name import DEFAULT, available, choose_suites, prompts_of, read_suite
from vibecoder.evaluate.suites.held_out import PROMPTS, call_suite
from vibecoder.models import NANO
from vibecoder.rendering import ChatTokenizer
from vibecoder.types import Example, Judgement, Prompt, SuiteJob, SuiteSpec

PACKAGED = ("canary", "identity", "regression", "static")
SUITES = {
    name: read_suite(name, (files("vibecoder.evaluate.suites") / "data" / f"{name}.yaml").read_text("utf-8"))
    for name in PACKAGED
}
ENTRIES = [pytest.param(*each, id=each[0].id) for suite in SUITES.values() for each in suite]


def judge(prompt: Prompt, reply: Any) -> Judgement:
    if prompt.scorer == "workspace":  # replies are the calls of a conversation
        workspace = PromptWorkspace(prompt.reference["files"])
        for call in reply:
            workspace.call(call["name"], call["arguments"])
        reply = json.dumps({"files": workspace.files, "turns": len(reply) + 1, "calls": len(reply)})
    return SCORERS[prompt.scorer](prompt, reply)


@pytest.mark.parametrize(("prompt", "entry"), ENTRIES)
def test_the_solution_passes_and_the_wrong_reply_fails(prompt: Prompt, entry: Mapping[str, Any]) -> None:
    right = judge(prompt, entry["solution"])
    assert right.passed, right.reason
    wrong = judge(prompt, entry["wrong"])
    assert not wrong.passed
    assert wrong.reason


def test_the_suites_have_their_sizes() -> None:
    assert len(SUITES["static"]) == 40
    assert set(Counter(prompt.category for prompt, _ in SUITES["static"])) == {
        "fim", "triage", "component", "route", "types", "patch",
    }  # fmt: skip
    assert len(SUITES["canary"]) == 20
    assert all(prompt.must_pass for prompt, _ in SUITES["canary"])
    assert DEFAULT == ("static", "tool-calls", "canary", "regression", "identity")


def test_prompts_of_all_suites_differ_and_come_in_a_fixed_order() -> None:
    job = SuiteJob()
    chosen = choose_suites(PACKAGED, plugins.load(installed=False))
    prompts = prompts_of(chosen, job)
    assert len({prompt.id for prompt in prompts}) == len(prompts) == sum(map(len, SUITES.values()))
    assert prompts == prompts_of(chosen, job)
    few = prompts_of(chosen, job, limit=4)
    assert Counter(prompt.suite for prompt in few) == dict.fromkeys(PACKAGED, 4)


def test_no_group_of_a_training_row_is_asked() -> None:
    records = list(generated_records(plugins.load().generators["starter"]))
    train, held = split(records, 0.1, 0)
    prompts = call_suite(SuiteJob(lambda: held))
    calling = [prompt.id for prompt in prompts if prompt.reference["calls"]]
    assert len(calling) == PROMPTS
    asked_in_a_run = call_prompts(held, ChatTokenizer.load(NANO), PROMPTS, 1 << 20)
    assert calling == sorted((each.prompt.id for each in asked_in_a_run), key=calling.index)
    groups = {record.id: record.group for record in held}
    asked = {groups[prompt.id.split("/")[1]] for prompt in prompts}
    assert not asked & {record.group for record in train}
    assert any(not prompt.reference["calls"] for prompt in prompts), "some prompt has no fitting tool"
    assert call_suite(SuiteJob(lambda: tuple(reversed(held)))) == prompts


def test_the_reference_of_a_held_out_prompt_is_a_right_answer() -> None:
    records = [
        record for record in generated_records(plugins.load().generators["starter"], 200) if isinstance(record, Example)
    ]
    for prompt in call_suite(SuiteJob(lambda: records)):
        calls = [f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in prompt.reference["calls"]]
        assert SCORERS["calls"](prompt, "\n".join(calls) or "None of my tools does that.").passed


SPELLING = SuiteSpec(
    name="spelling",
    summary="is it spelt right",
    prompts=lambda job: [Prompt(id="spelling/1", suite="spelling", category="words", scorer="spelt")],
    scorers={"spelt": lambda prompt, reply: Judgement(float(reply == "receive"))},
)


class Plugin:
    def __init__(self, *specs: SuiteSpec) -> None:
        self.specs = specs

    @hookimpl
    def vibecoder_suites(self) -> tuple[SuiteSpec, ...]:
        return self.specs


def test_a_plugin_adds_a_suite_with_a_scorer_of_its_own() -> None:
    registry = plugins.load(Plugin(SPELLING), installed=False)
    assert "spelling" in available(registry)
    (prompt,) = prompts_of(choose_suites(["spelling"], registry), SuiteJob())
    assert prompt.scorer == "spelt"
    assert [spec.name for spec, _ in choose_suites([], registry)] == [*DEFAULT, "spelling"]


def test_a_plugin_cannot_take_a_suites_name_or_name_a_scorer_that_is_not_there() -> None:
    taken = SuiteSpec(name="canary", summary="another", prompts=lambda job: ())
    with pytest.raises(PluginError, match="offers the suite canary"):
        available(plugins.load(Plugin(taken), installed=False))
    lost = SuiteSpec(name="lost", summary="no scorer", prompts=SPELLING.prompts)
    with pytest.raises(DataError, match="unknown scorer spelt"):
        prompts_of([(lost, None)], SuiteJob())


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("statik", PluginError, "unknown suite statik; did you mean static"),
        ("bfcl", DataError, "--suite bfcl:PATH"),
        ("static:x.yaml", DataError, "takes no file"),
    ],
)
def test_a_wrong_name_is_said_with_what_to_do(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        choose_suites([name], plugins.load(installed=False))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "no YAML with prompts"),
        ("prompts: [{id: a, category: b, scorer: rules, asks: c}]", "unknown field asks of a; did you mean ask"),
        ("prompts: [{id: a, category: b, scorer: rules}, {id: a, category: b, scorer: rules}]", "two prompts mine/a"),
    ],
)
def test_a_broken_suite_is_said(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_suite("mine", text)
