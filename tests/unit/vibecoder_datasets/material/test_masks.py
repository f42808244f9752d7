"""Tools under other names: consistent, described, few enough to share first tokens, and undone by the provenance."""

from __future__ import annotations

import json

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.schemas import SCHEMAS, SETS, schema
from vibecoder_datasets.checking import claims, replay
from vibecoder_datasets.material.masks import MASKS, mask, shown_schemas, unmask
from vibecoder_datasets.material.session import Session


@pytest.mark.parametrize("number", range(MASKS))
def test_a_mask_renames_everything_once(number: int) -> None:
    used = mask(number)
    real = {name for names in SETS.values() for name in names}
    assert real <= set(used.tools)
    assert len(set(used.tools.values())) == len(used.tools)
    assert len(set(used.parameters.values())) == len(used.parameters)
    assert not set(used.tools.values()) & set(used.tools)
    assert all(name.replace("_", "").isalnum() and name.isascii() for name in used.tools.values())
    for name in real:
        shown, plain = used.schema(name)["function"], schema(name)["function"]
        assert shown["description"] == plain["description"]
        assert len(shown["parameters"]["required"]) == len(plain["parameters"]["required"])
        assert all(kind["description"] for kind in shown["parameters"]["properties"].values())


def test_masks_differ() -> None:
    assert len({json.dumps(shown_schemas(SETS["look"], mask(number))) for number in range(MASKS)}) == MASKS


def test_a_masked_row_is_undone_by_its_provenance(samples: Workspace) -> None:
    used = mask(1)
    session = Session(samples, "look", "Search numkit for def clamp.", mask=used)
    session.call("grep", pattern="def clamp", path="numkit")
    session.say("Found.")
    row = session.record("tool-use", "single", "numkit/clamp.py")
    call = row.messages[2]["tool_calls"][0]["function"]
    assert call["name"] == used.tools["grep"] != "grep"
    assert row.messages[3]["name"] == call["name"]
    assert call["name"] in [tool["function"]["name"] for tool in row.tools]
    wanted = ("grep", {"pattern": "def clamp", "path": "numkit"})
    assert unmask(row.provenance, call["name"], call["arguments"]) == wanted
    assert claims.misfits(row) == []
    assert replay.differences(row, samples) == []


def test_what_is_not_masked_stays_as_it_is() -> None:
    assert unmask({}, "grep", {"pattern": "x"}) == ("grep", {"pattern": "x"})
    assert unmask({"masked": {"tools": {}, "parameters": {}}}, "grep", {"x": 1}) == ("grep", {"x": 1})


def test_every_parameter_can_be_described() -> None:
    keys = {key for name in SCHEMAS for key in schema(name)["function"]["parameters"]["properties"]}
    assert keys <= set(mask(0).parameters)
