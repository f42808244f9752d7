"""Tool calls: every right answer is accepted, every mutated one refused, strictly and as servers would read them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibecoder.evaluate.scoring.by_name import judge_calls
from vibecoder.evaluate.scoring.matching import Answer, answers_of, match
from vibecoder.types import Judgement, Prompt

SETTINGS = settings(deadline=None, max_examples=60)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=12),
    "integer": st.integers(-(10**6), 10**6),
    "number": st.floats(-1e6, 1e6, allow_nan=False),
    "boolean": st.booleans(),
    "array": st.lists(st.text(max_size=4), max_size=3),
    "object": st.dictionaries(st.sampled_from("xyz"), st.integers(0, 9), max_size=3),
}
OTHER_TYPE = {"string": 7, "integer": "7", "number": "0.5", "boolean": "true", "array": "a", "object": []}
KEYS = ("path", "pattern", "limit", "recursive", "names", "options")


@st.composite
def tasks(draw: st.DrawFn, least: int = 1) -> tuple[tuple[dict[str, Any], ...], list[dict[str, Any]]]:
    """Tools, and calls of them with at least one argument each, no two of them the same."""
    tools, calls = [], []
    for at in range(draw(st.integers(1, 3))):
        kinds = {key: draw(st.sampled_from(sorted(VALUES))) for key in KEYS[: draw(st.integers(1, 4))]}
        properties: dict[str, Any] = {key: {"type": kind} for key, kind in kinds.items()}
        parameters = {"type": "object", "properties": properties, "required": [KEYS[0]]}
        tools.append({"type": "function", "function": {"name": f"tool_{at}", "parameters": parameters}})
        for _ in range(draw(st.integers(1, 2))):
            keys = [KEYS[0], *draw(st.sets(st.sampled_from(sorted(kinds))))]
            calls.append({"name": f"tool_{at}", "arguments": {key: draw(VALUES[kinds[key]]) for key in keys}})
    unique = {json.dumps(call, sort_keys=True): call for call in calls}
    return tuple(tools), list(unique.values())


def prompt(tools: Any, calls: Any) -> Prompt:
    return Prompt(id="p", suite="s", category="c", tools=tools, scorer="calls", reference={"calls": calls})


def tagged(calls: list[dict[str, Any]], **options: Any) -> str:
    return "\n".join(f"<tool_call>\n{json.dumps(call, **options)}\n</tool_call>" for call in calls)


def judge(tools: Any, calls: Any, reply: str) -> Judgement:
    return judge_calls(prompt(tools, calls), reply)


@SETTINGS
@given(tasks(), st.randoms(use_true_random=False), st.booleans(), st.sampled_from([None, 2]))
def test_right_calls_are_accepted_in_any_order_and_writing(
    task: Any, draw: random.Random, escaped: bool, indent: int | None
) -> None:
    tools, calls = task
    given_calls = [{"arguments": dict(reversed(call["arguments"].items())), "name": call["name"]} for call in calls]
    draw.shuffle(given_calls)
    found = judge(tools, calls, "I'll look.\n" + tagged(given_calls, ensure_ascii=escaped, indent=indent))
    assert found.passed, found.reason
    assert found.measures["hermes"]
    assert found.measures["form"] == "tagged"


def _wrong_name(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {**call, "name": f"{call['name']}s"}


def _missing(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {**call, "arguments": dict(list(call["arguments"].items())[1:])}


def _extra(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {**call, "arguments": {**call["arguments"], "unheard_of": 1}}


def _unasked(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    free = [key for key in schema if key not in call["arguments"]]
    if not free:
        return _extra(call, schema)
    return {**call, "arguments": {**call["arguments"], free[0]: _example(schema[free[0]]["type"])}}


def _wrong_type(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    key = next(iter(call["arguments"]))
    return {**call, "arguments": {**call["arguments"], key: OTHER_TYPE[schema[key]["type"]]}}


def _wrong_value(call: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    key, value = next(iter(call["arguments"].items()))
    other: Any = not value if isinstance(value, bool) else value + 1 if isinstance(value, (int, float)) else None
    if other is None:
        other = (
            f"{value}x" if isinstance(value, str) else [*value, "x"] if isinstance(value, list) else {**value, "w": 1}
        )
    return {**call, "arguments": {**call["arguments"], key: other}}


def _example(kind: str) -> Any:
    return {"string": "a", "integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {}}[kind]


MUTATIONS = [_wrong_name, _missing, _extra, _unasked, _wrong_type, _wrong_value]


@pytest.mark.parametrize("mutate", MUTATIONS)
@SETTINGS
@given(task=tasks(), draw=st.randoms(use_true_random=False))
def test_a_mutated_call_is_refused_in_every_reading(
    mutate: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]], task: Any, draw: random.Random
) -> None:
    tools, calls = task
    at = draw.randrange(len(calls))
    schema = next(t["function"] for t in tools if t["function"]["name"] == calls[at]["name"])["parameters"][
        "properties"
    ]
    wrong = [*calls[:at], mutate(calls[at], schema), *calls[at + 1 :]]
    for reply in (tagged(wrong), f"```json\n{json.dumps(wrong[0])}\n```" if len(wrong) == 1 else tagged(wrong)):
        found = judge(tools, calls, reply)
        assert not found.passed
        assert found.reason
        assert not found.measures["served"]


@SETTINGS
@given(task=tasks(), draw=st.randoms(use_true_random=False))
def test_a_reply_of_another_shape_is_refused(task: Any, draw: random.Random) -> None:
    tools, calls = task
    whole = tagged(calls)
    for reply in (
        whole[: draw.randrange(len(whole) - len("\n</tool_call>"))],  # cut off within
        tagged([*calls, calls[-1]]),  # one call twice
        tagged(calls[:-1]),
        tagged([*calls, {"name": "tool_0", "arguments": {}}]),
        "Which file do you mean?",
        "",
    ):
        assert not judge(tools, calls, reply).passed, reply
    assert not judge(tools, [], whole).passed, "a call where no tool fits"


@SETTINGS
@given(tasks())
def test_other_forms_are_reported_apart(task: Any) -> None:
    tools, calls = task
    fenced = "\n".join(f"```json\n{json.dumps(call)}\n```" for call in calls)
    for reply, form in ((fenced, "fenced"), (json.dumps(calls), "bare")):
        found = judge(tools, calls, reply)
        assert not found.passed, "strictly, only tags count"
        assert found.measures["form"] == form
        assert found.measures[form]
        assert found.measures["served"]
        assert "right calls" in found.reason
    unclosed = tagged(calls).removesuffix("\n</tool_call>")
    assert not judge(tools, calls, unclosed).passed
    assert judge(tools, calls, unclosed).measures["hermes"], "vLLM takes a last block without its end"


def test_no_call_is_right_where_none_fits_whatever_is_said() -> None:
    for reply in ("None of my tools does that.", "Use `x`:\n```python\nx = 1\n```", "{}? No."):
        found = judge((), [], reply)
        assert found.passed, found.reason
        assert found.measures["form"] == "none"
    assert not judge((), [], '```json\n{"name": "read", "arguments": {}}\n```').passed
    assert not judge((), [], '{"name": "read", "arguments": {}}').passed


TOOL = {
    "name": "search",
    "parameters": {
        "properties": {
            "text": {"type": "string"},
            "limit": {"type": "integer", "default": 10},
            "deep": {"type": "boolean"},
        },
        "required": ["text"],
    },
}


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ({"text": "a", "limit": 10}, True),
        ({"text": "a"}, True),
        ({"text": "a", "limit": 10.0}, True),
        ({"text": "a", "limit": 11}, False),
        ({"text": "a", "limit": True}, False),
        ({"text": "a", "limit": 10, "deep": False}, False),
        ({"limit": 10}, False),
    ],
)
def test_a_default_may_be_given_or_left_out(arguments: dict[str, Any], right: bool) -> None:
    call = [{"name": "search", "arguments": arguments}]
    for expected in ({"text": "a", "limit": 10}, {"text": "a"}):
        answers = answers_of([{"name": "search", "arguments": expected}], [TOOL])
        assert (match(answers, call, [TOOL]) == "") is right


def test_allowed_values_and_the_leaderboards_way_with_strings() -> None:
    answer = Answer("search", {"text": ["New York, NY", "NYC"], "deep": [True]}, frozenset({"deep"}), loose=True)
    for text in ("new york ny", "NYC", "New York, NY"):
        assert match([answer], [{"name": "search", "arguments": {"text": text}}], [TOOL]) == ""
    for arguments in ({"text": "Boston"}, {"text": "NYC", "deep": False}, {}):
        assert match([answer], [{"name": "search", "arguments": arguments}], [TOOL])


def test_the_leaderboards_answers_may_be_of_another_type_than_the_schema() -> None:
    answer = Answer("search", {"text": ["a"], "deep": ["", None], "limit": ["settings.limit"]}, loose=True)
    right = {"text": "a", "deep": None, "limit": "settings.limit"}
    assert match([answer], [{"name": "search", "arguments": right}], [TOOL]) == ""
    for change in ({"deep": "yes"}, {"deep": 1}, {"limit": 10}, {"limit": "other"}, {"text": None}):
        assert match([answer], [{"name": "search", "arguments": right | change}], [TOOL])
    exact = Answer("search", {"text": ["a"], "deep": [None]})
    assert match([exact], [{"name": "search", "arguments": {"text": "a", "deep": None}}], [TOOL])


def test_answers_that_several_calls_meet_are_assigned_so_that_all_are_met() -> None:
    either, one = Answer("f", {"x": [1, 2]}), Answer("f", {"x": [1]})
    calls = [{"name": "f", "arguments": {"x": 1}}, {"name": "f", "arguments": {"x": 2}}]
    assert match([either, one], calls) == match([one, either], calls) == ""
    assert match([one, one], calls)
