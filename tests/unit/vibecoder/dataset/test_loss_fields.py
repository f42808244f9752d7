"""Turns that a row's author excluded from the loss are not learned, whatever field says so, or the row is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vibecoder.curation.foreign import from_row
from vibecoder.curation.forms import FORMS
from vibecoder.dataset.records import from_json, parse, to_line
from vibecoder.errors import DataError
from vibecoder.evaluate.calls import call_prompts
from vibecoder.evaluate.suites.held_out import call_suite
from vibecoder.rendering import ChatTokenizer, render, spans
from vibecoder.types import Example, Record, SuiteJob

USER = {"role": "user", "content": "Largest planet?"}
WRONG, RIGHT = {"role": "assistant", "content": "Saturn."}, {"role": "assistant", "content": "Jupiter."}
CALL = {"type": "function", "function": {"name": "look", "arguments": {"at": "x.py"}}}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


def row(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"messages": list(messages), **more}


def learned(record: Record, tokenizer: ChatTokenizer) -> list[str]:
    return [text for text, flag in spans(render(record, tokenizer), tokenizer) if flag]


@pytest.mark.parametrize(
    "field",
    [{"weight": 0}, {"weight": 0.0}, {"weight": False}, {"loss_weight": 0}, {"train": False}, {"trainable": False},
     {"train_on_turn": False}, {"loss": False}, {"masked": True}, {"loss": 0, "weight": 0}],
)  # fmt: skip
def test_an_excluded_turn_is_context(field: dict[str, Any], tokenizer: ChatTokenizer) -> None:
    record = from_json(row(USER, WRONG | field, USER, RIGHT | {"weight": 1}))
    assert learned(record, tokenizer) == ["Jupiter.<|im_end|>"]
    assert record.messages[1] == WRONG | {"weight": 0}
    assert record.messages[3] == RIGHT
    assert parse(to_line(record)) == record
    plain = from_json(row(USER, WRONG, USER, RIGHT))
    assert record.id != plain.id
    assert render(record, tokenizer).ids.tolist() == render(plain, tokenizer).ids.tolist()


@pytest.mark.parametrize(
    "field", [{"weight": 1}, {"weight": 1.0}, {"train": True}, {"masked": False}, {"weight": None}]
)
def test_a_turn_that_is_learned_anyway_is_the_same_record(field: dict[str, Any]) -> None:
    assert from_json(row(USER, RIGHT | field)) == from_json(row(USER, RIGHT))


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER, RIGHT | {"weight": 0.5}], r"messages\[1\] has weight 0.5; .* write weight 1 or 0"),
        ([USER, RIGHT | {"weight": "0"}], "has weight 0; "),
        ([USER, RIGHT | {"train_detail": [{"begin_offset": 0, "end_offset": 3, "train": False}]}], "has train_detail;"),
        ([USER, RIGHT | {"mask": True}], "has mask True; "),
        ([USER, RIGHT | {"weight": 0, "train": True}], "weight and train, which contradict each other"),
        ([USER | {"train": True}, RIGHT], r"\(user\) has train; only assistant turns"),
        ([USER, RIGHT | {"weight": 0}], "at least one assistant turn of weight 1 to learn from"),
    ],
)
def test_what_cannot_be_honoured_is_refused(messages: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        from_json(row(*messages))


def test_turns_that_are_never_learned_may_say_so() -> None:
    assert from_json(row(USER | {"train": False, "weight": 0}, RIGHT)) == from_json(row(USER, RIGHT))


@pytest.mark.parametrize("field", [{"weight": 0}, {"weight": 0.3}, {"loss_mask": [0, 1]}, {"train": False}])
def test_a_row_with_a_weight_of_its_own_is_refused(field: dict[str, Any]) -> None:
    for given in (row(USER, RIGHT, **field), {"prompt": "Q", "completion": "A", **field},
                  {"instruction": "Q", "output": "A", **field}):  # fmt: skip
        with pytest.raises(DataError, match=f"the row has {next(iter(field))}"):
            from_row(given)
    assert isinstance(from_row(row(USER, RIGHT, weight=1, train=True)), Example)


def test_replies_that_are_compared_have_no_weights() -> None:
    with pytest.raises(DataError, match="chosen has a turn of weight 0"):
        from_json({"kind": "comparison", "messages": [USER], "chosen": [RIGHT | {"weight": 0}], "rejected": [WRONG]})


def test_other_tools_are_given_the_weight_or_no_row() -> None:
    last = from_json(row(USER, WRONG | {"weight": 0}, USER, RIGHT))
    first = from_json(row(USER, RIGHT, USER, WRONG | {"weight": 0}))
    assert FORMS["openai"](last)[1]["messages"][1]["weight"] == 0
    assert FORMS["trl"](last) == ("sft-completion", {"prompt": [USER, WRONG, USER], "completion": [RIGHT]})
    for form, record in (("trl", first), ("mlx", last), ("alpaca", last)):
        with pytest.raises(DataError, match="no form for turns of weight 0"):
            FORMS[form](record)


def test_an_excluded_call_is_no_question_of_an_evaluation(tokenizer: ChatTokenizer) -> None:
    bad = {"role": "assistant", "content": "", "tool_calls": [CALL], "weight": 0}
    good = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "name": "look", "content": "1"}
    record = from_json(row(USER, bad, result, good, result, RIGHT, tools=[TOOL]))
    assert len(call_prompts([record], tokenizer, 9, 999)) == 1
    assert [len(prompt.messages) for prompt in call_suite(SuiteJob(held_out=lambda: [record]))] == [3]


def test_a_file_of_openais_rows(tmp_path: Path, tokenizer: ChatTokenizer) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row(USER, WRONG | {"weight": 0}, USER, RIGHT)) + "\n", encoding="utf-8")
    record = parse(path.read_bytes())
    assert learned(record, tokenizer) == ["Jupiter.<|im_end|>"]
