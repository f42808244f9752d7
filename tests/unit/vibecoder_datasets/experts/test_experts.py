"""The parts that make rows: decks, phrasings, bugs, refactorings; and a validator tested on rows made wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from vibecoder.types import Example
from vibecoder_datasets.checking import replay
from vibecoder_datasets.code.mutants import mutants
from vibecoder_datasets.material.kit import Kit
from vibecoder_datasets.material.refactorings import SMELLS
from vibecoder_datasets.material.session import Session
from vibecoder_datasets.sandbox.workspace import Workspace, opened
from vibecoder_datasets.tools.run import run_tool
from vibecoder_datasets.words.phrases import INTENTS, Deck, Phrases


@pytest.fixture(scope="module")
def place() -> Iterator[Workspace]:
    with opened("samples") as found:
        yield found


@pytest.fixture
def good_row(place: Workspace) -> Example:
    session = Session(place, "change", "Read shop/cart.py and run tests/test_cart.py.")
    session.calls([("read_file", {"path": "shop/cart.py"}), ("run_tests", {"path": "tests/test_cart.py"})])
    session.say("`shop/cart.py` has 13 lines; 2 passed.")
    return session.record("tool-use", "parallel", "shop/cart.py", "shop/cart.py")


def altered(row: Example, at: int, **changes: Any) -> Example:
    messages = [dict(message) for message in row.messages]
    messages[at].update(changes)
    return replace(row, messages=messages)


def test_a_good_row_passes(good_row: Example, place: Workspace) -> None:
    assert replay.differences(good_row, place) == []
    assert replay.invalid_calls(good_row) == []
    assert replay.unsupported(good_row) == []


def test_an_invented_result_is_found(good_row: Example, place: Workspace) -> None:
    row = altered(good_row, 4, content="[3 passed, exit 0]")
    assert len(replay.differences(row, place)) == 1


@pytest.mark.parametrize("claim", ["There are 17 lines.", "`shop/basket.py` is fine.", "2 passed, 7 failed."])
def test_an_invented_claim_is_found(good_row: Example, claim: str) -> None:
    assert replay.unsupported(altered(good_row, 5, content=claim)) != []


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("grep", {"pattern": "x"}, "not offered"),
        ("read_file", {}, "path is missing"),
        ("read_file", {"path": 3}, "should be a string"),
        ("read_file", {"path": "x", "start": "3"}, "should be a integer"),
        ("read_file", {"path": "x", "line": 3}, "line is unknown"),
    ],
)
def test_a_call_that_does_not_fit_is_found(
    good_row: Example, name: str, arguments: dict[str, Any], reason: str
) -> None:
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    (found,) = replay.invalid_calls(altered(good_row, 2, tool_calls=[call]))
    assert reason in found


def test_a_tool_that_is_not_offered_cannot_be_called(place: Workspace) -> None:
    with pytest.raises(ValueError, match="grep is not among"):
        Session(place, "change", "Search.").call("grep", pattern="x")


def test_the_setup_is_replayed(place: Workspace) -> None:
    session = Session(place, "change", "Read shop/cart.py.", {"shop/cart.py": "x = 1\n"})
    assert session.call("read_file", path="shop/cart.py").startswith("x = 1")
    session.say("Done.")
    row = session.record("tool-use", "single", "shop/cart.py")
    place.reset()
    assert replay.differences(row, place) == []
    assert run_tool(place, "read_file", {"path": "shop/cart.py"}).startswith('"""')


def test_a_deck_deals_everything_before_it_repeats() -> None:
    deck = Deck(random.Random(0), "abcd")
    assert sorted(deck.draw() for _ in range(4)) == list("abcd")
    assert sorted(deck.draw() for _ in range(4)) == list("abcd")


def test_every_phrasing_takes_its_slots() -> None:
    slots = dict.fromkeys(("path", "a", "b", "pattern", "old", "new", "content", "code", "name", "command"), "X")
    phrases = Phrases(random.Random(0))
    for intent, forms in INTENTS.items():
        assert len(set(forms)) == len(forms) >= 10
        said = {phrases.ask(intent, **slots) for _ in range(200)}
        assert len(said) > 40
        assert all("{" not in sentence and "X" in sentence for sentence in said)


def test_bugs_change_one_line_and_nothing_else(place: Workspace) -> None:
    kit = Kit(place, "bugs")
    place.reset()
    found = [
        mutant
        for function in kit.survey.functions
        if "tests/" not in function.path
        for mutant in mutants(place, function)
    ]
    assert len(found) > 150
    for mutant in found:
        original = place.text(mutant.function.path)
        assert mutant.text != original
        assert mutant.text.count(mutant.bad) == 1
        assert mutant.text.replace(mutant.bad, mutant.good) == original


@pytest.mark.parametrize("subcategory", sorted(SMELLS))
def test_refactorings_lead_back_to_the_sample(place: Workspace, subcategory: str) -> None:
    kit = Kit(place, "smells")
    place.reset()
    made = 0
    for function in kit.survey.functions:
        for make in SMELLS[subcategory]:
            smell = make(kit, function) if "tests/" not in function.path else None
            if smell is None:
                continue
            text = smell.text
            for old, new in smell.edits:
                assert text.count(old) == 1
                text = text.replace(old, new)
            assert text == place.text(function.path)
            assert smell.text != text
            compile(smell.text, function.path, "exec")
            made += 1
    assert made >= 8
