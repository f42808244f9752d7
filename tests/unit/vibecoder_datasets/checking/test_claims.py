"""What the assistant says is checked: sound rows pass, rows made wrong on purpose are caught, and by the right rule."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from support import spoiled
from vibecoder.dataset.generating import generated_records
from vibecoder.types import Example
from vibecoder_datasets import STARTER
from vibecoder_datasets.checking import claims

ROWS = [row for row in generated_records(STARTER) if isinstance(row, Example)]
READ = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Read lines of a file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "start": {"type": "integer"}, "end": {"type": "integer"}},
            "required": ["path"],
        },
    },
}
CODE = "def total(prices):\n    return sum(prices) + 40\n[lines 3-4 of 9]"
TESTS = "test_total\nE   assert 7 == 12\n[1 failed, 2 passed, exit 1]"


def row(said: str, *results: str, user: str = "Look at shop/price.py.", **arguments: Any) -> Example:
    """A call of `read_file` for each result, then what is said."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": user}]
    for result in results:
        call = {"name": "read_file", "arguments": arguments or {"path": "shop/price.py", "start": 3, "end": 4}}
        messages.append({"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]})
        messages.append({"role": "tool", "name": "read_file", "content": result})
    return Example(tools=[READ], messages=[*messages, {"role": "assistant", "content": said}])


def test_no_starter_row_is_wrong() -> None:
    assert [(row.id, wrong) for row in ROWS if (wrong := claims.problems(row))] == []


def test_rows_made_wrong_are_caught() -> None:
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for sound in ROWS[::2]:
        for way, wrong in spoiled.spoiled(sound, random.Random(sound.id)):
            assert wrong.id != sound.id
            made[way] += 1
            missed[way] += not claims.problems(wrong)
    assert made.keys() == spoiled.WAYS.keys()
    assert min(made.values()) > 200
    in_words = {"a number changed": 0.95, "a name changed": 0.98, "an invented path": 0.995}
    for way, count in made.items():
        assert 1 - missed[way] / count >= in_words.get(way, 1.0), way


@pytest.mark.parametrize(
    "said",
    [
        "`total` adds 40.",
        "Lines 3-4 of 9 of `shop/price.py` hold `return sum(prices) + 40`.",
        "`shop/price.py:3` begins it; line 4 returns.",
        "1 failed, 2 passed: it gives 7, not 12.",
        "All 3 tests ran: 2 passed.",
        "It is 40% or and/or either/or nothing.",
        "Step by step:\n1. look\n2. act",
        "```python\ndef anything(new):\n    return 99\n```",
        '"return sum(prices) + 40" is what it says.',
        "```\n[1 failed, 2 passed, exit 1]\n```",
    ],
)
def test_what_was_shown_may_be_said(said: str) -> None:
    assert claims.problems(row(said, CODE, TESTS)) == []


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        ("`totals` adds 40.", "code", "totals"),
        ("It calls add_tax first.", "name", "add_tax"),
        ("See HandlerPool.", "name", "HandlerPool"),
        ("Lines 3-5 hold it.", "span", "3-5"),
        ("Lines 3-4 of 90 hold it.", "span", "3-4 of 90"),
        ("It is on line 8.", "line", "8"),
        ("It is on lines 3 and 3.", "line", "3"),
        ("3 passed.", "count", "3"),
        ("2 failed, 1 passed.", "summary", "2 failed, 1 passed"),
        ("There are two failed ones.", "count", "two"),
        ("It gives 13.", "number", "13"),
        ("You get `13`.", "code", "13"),
        ("It took 12.5 s.", "number", "12.5"),
        ("Look at lib/price.py.", "path", "lib/price.py"),
        ("Look at shop/cost.py.", "path", "shop/cost.py"),
        ("Look at shop/new.", "path", "shop/new"),
        ("`shop/price.py:70` has it.", "code", "shop/price.py:70"),
        ('"return sum(costs)" is what it says.', "quote", "return sum(costs)"),
        ("1. look\n3. act", "item", "3"),
        ("Step 2.", "step", "2"),
        ("```\n[3 passed, exit 0]\n```", "quote", "[3 passed, exit 0]"),
    ],
)
def test_what_was_not_shown_may_not_be_said(said: str, kind: str, text: str) -> None:
    found = claims.unsupported(row(said, CODE, TESTS))
    assert [(claim.kind, claim.text) for claim in found] == [(kind, text)]
    assert str(found[0]).startswith(f"message 5: {kind} `{text}")


@pytest.mark.parametrize(
    ("said", "sound"),
    [
        ("5 passed in all.", True),
        ("5 passed.", False),
        ("Two runs: 2 passed, 3 passed.", True),
        ("Two runs: 2 passed, 4 passed.", False),
        ("One more passed: 1 passed more.", True),
        ("The second took 2.5 times as long.", True),
        ("The second took 3.5 times as long.", False),
        ("That is 250% of it.", True),
    ],
)
def test_a_count_may_be_derived_where_the_sentence_says_so(said: str, sound: bool) -> None:
    found = claims.problems(row(said, "[2 passed, exit 0]\n0.2 s", "[3 passed, exit 0]\n0.5 s"))
    assert bool(found) is not sound


def test_nothing_counts_before_it_is_shown() -> None:
    told = row("Fine.", TESTS)
    early = [*told.messages[:1], {"role": "assistant", "content": "It gives 7."}, *told.messages[1:]]
    assert claims.problems(Example(tools=[READ], messages=early)) == [
        "message 1: number `7` was never shown",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"path": 7}, "message 1: read_file: 7 is not of type 'string'"),
        ({"path": "a.py", "start": True}, "message 1: read_file: True is not of type 'integer'"),
        ({"start": 7}, "message 1: read_file: 'path' is a required property"),
        ({"path": "a.py", "limit": 7}, "message 1: read_file: Additional properties are not allowed"),
    ],
)
def test_calls_fit_their_schema(arguments: dict[str, Any], reason: str) -> None:
    (found,) = claims.misfits(row("Done.", "x = 1", **arguments))
    assert found.startswith(reason)


def test_calls_and_results_come_in_pairs() -> None:
    sound = row("Done.", "x = 1")
    user, call, result, end = sound.messages
    for messages, reason in (
        ([user, result, end], "message 1: a result without a call"),
        ([user, call, end], "message 2: the call of read_file before it has no result"),
        ([user, call], "the last call of read_file has no result"),
        ([user, call, {**result, "name": "grep"}, end], "message 2: a result of grep where read_file was called"),
    ):
        assert claims.misfits(Example(tools=[READ], messages=messages)) == [reason]
    assert claims.misfits(Example(messages=sound.messages)) == ["message 1: read_file is not offered"]
