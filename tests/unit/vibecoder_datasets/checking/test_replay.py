"""A validator, tested on rows made wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.material.session import Session


@pytest.fixture
def good_row(samples: Workspace) -> Example:
    session = Session(samples, "change", "Read shop/cart.py and run tests/test_cart.py.")
    session.calls([("read_file", {"path": "shop/cart.py"}), ("run_tests", {"path": "tests/test_cart.py"})])
    session.say("`shop/cart.py` has 13 lines; 2 passed.")
    return session.record("tool-use", "parallel", "shop/cart.py", "shop/cart.py")


def altered(row: Example, at: int, **changes: Any) -> Example:
    messages = [dict(message) for message in row.messages]
    messages[at].update(changes)
    return replace(row, messages=messages)


def test_a_good_row_passes(good_row: Example, samples: Workspace) -> None:
    assert replay.differences(good_row, samples) == []
    assert claims.misfits(good_row) == []
    assert claims.unsupported(good_row) == []


def test_an_invented_result_is_found(good_row: Example, samples: Workspace) -> None:
    row = altered(good_row, 4, content="[3 passed, exit 0]")
    assert len(replay.differences(row, samples)) == 1


@pytest.mark.parametrize("claim", ["There are 17 lines.", "`shop/basket.py` is fine.", "2 passed, 7 failed."])
def test_an_invented_claim_is_found(good_row: Example, claim: str) -> None:
    assert claims.unsupported(altered(good_row, 5, content=claim)) != []


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("grep", {"pattern": "x"}, "not offered"),
        ("read_file", {}, "'path' is a required property"),
        ("read_file", {"path": 3}, "3 is not of type 'string'"),
        ("read_file", {"path": "x", "start": "3"}, "'3' is not of type 'integer'"),
        ("read_file", {"path": "x", "line": 3}, "'line' was unexpected"),
    ],
)
def test_a_call_that_does_not_fit_is_found(
    good_row: Example, name: str, arguments: dict[str, Any], reason: str
) -> None:
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    found = claims.misfits(altered(good_row, 2, tool_calls=[call]))
    assert reason in found[0]


def test_the_setup_is_replayed(samples: Workspace) -> None:
    session = Session(samples, "change", "Read shop/cart.py.", {"shop/cart.py": "x = 1\n"})
    assert session.call("read_file", path="shop/cart.py").startswith("x = 1")
    session.say("Done.")
    row = session.record("tool-use", "single", "shop/cart.py")
    samples.reset()
    assert replay.differences(row, samples) == []
    assert run_tool(samples, "read_file", {"path": "shop/cart.py"}).startswith('"""')
