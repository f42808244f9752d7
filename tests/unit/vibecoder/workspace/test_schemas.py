"""The schemas say what the tools take: one place for rows, evaluation and servers."""

from __future__ import annotations

import inspect

import pytest

from vibecoder.evaluate.scoring.workspace import TOOLS as EVALUATED
from vibecoder.workspace.schemas import SCHEMAS, SETS, schemas
from vibecoder.workspace.tools.by_name import TOOLS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_tool_takes_what_its_schema_says(name: str) -> None:
    parameters = SCHEMAS[name]["function"]["parameters"]
    _, *taken = inspect.signature(TOOLS[name]).parameters.values()
    assert [each.name for each in taken] == list(parameters["properties"])
    assert [each.name for each in taken if each.default is inspect.Parameter.empty] == parameters["required"]


def test_every_tool_has_a_schema() -> None:
    assert set(TOOLS) == set(SCHEMAS)
    assert {name for names in SETS.values() for name in names} <= set(SCHEMAS)


def test_evaluation_offers_the_schemas_of_the_rows() -> None:
    assert schemas([tool["function"]["name"] for tool in EVALUATED]) == EVALUATED
