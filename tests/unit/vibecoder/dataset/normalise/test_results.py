"""Results stand in the order of their calls, whatever order they came in."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibecoder.dataset.records import from_json
from vibecoder.errors import DataError


def call(name: str, identity: str | None) -> dict[str, Any]:
    made = {"type": "function", "function": {"name": name, "arguments": {}}}
    return {"id": identity, **made} if identity else made


def result(content: str, identity: str | None = None, name: str | None = None) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": identity, "name": name}


def results(*turns: dict[str, Any]) -> list[str]:
    row = from_json({"messages": [{"role": "user", "content": "go"}, *turns, {"role": "assistant", "content": "done"}]})
    return [turn["content"] for turn in row.messages if turn["role"] == "tool"]  # type: ignore[union-attr]


def calling(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.randoms())
def test_results_of_every_turn_are_in_the_order_of_its_calls(sizes: list[int], shuffler: random.Random) -> None:
    turns, wanted = [], []
    for number, size in enumerate(sizes):
        ids = [f"c{number}-{at}" for at in range(size)]
        given = [result(identity, identity) for identity in ids]
        shuffler.shuffle(given)
        turns += [calling(*(call("size", identity) for identity in ids)), *given]
        wanted += ids
    assert results(*turns) == wanted


def test_without_ids_names_decide_and_then_places() -> None:
    both = calling(call("a", None), call("b", None))
    assert results(both, result("of b", name="b"), result("of a", name="a")) == ["of a", "of b"]
    assert results(both, result("first"), result("second")) == ["first", "second"]
    assert results(calling(call("a", None), call("a", None)), result("1", name="a"), result("2", name="a")) == [
        "1",
        "2",
    ]


def test_a_result_whose_place_would_be_anothers_costs_the_row() -> None:
    two = calling(call("a", "c1"), call("b", "c2"))
    assert results(two, result("of a", "c1")) == ["of a"]
    with pytest.raises(DataError, match=r"call 1 of a turn \(a\) has no result, but a later one has"):
        results(two, result("of b", "c2"))
    with pytest.raises(DataError, match="which is not open"):
        results(two, result("of a", "c1"), result("again", "c1"))


def test_results_within_replies_are_sorted_too() -> None:
    reply = [calling(call("a", "c1"), call("b", "c2")), result("2", "c2"), result("1", "c1")]
    row = from_json(
        {"kind": "rated", "messages": [{"role": "user", "content": "go"}], "completion": reply, "label": True}
    )
    assert [turn["content"] for turn in row.completion[1:]] == ["1", "2"]  # type: ignore[union-attr]
