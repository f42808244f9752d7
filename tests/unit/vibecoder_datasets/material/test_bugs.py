"""Bugs fail in the tool as they did in the lab, and the failing tests are read from a run."""

from __future__ import annotations

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.supply import OutOfMaterial


def test_bugs_fail_in_the_tool_as_they_did_in_the_lab(context: ExpertContext) -> None:
    made = 0
    while made < 3:
        bug = bugs.draw(context)
        if bug is None:
            continue
        context.workspace.reset()
        assert bugs.is_green(run_tool(context.workspace, "run_tests", {"path": bug.node}))
        context.workspace.write(bug.path, bug.mutant.text)
        red = run_tool(context.workspace, "run_tests", {"path": bug.node})
        assert bugs.failing(red) == [bug.node.split("::")[-1]]
        context.workspace.reset()
        made += 1


def test_a_kit_without_functions_is_out_of_material(samples: Workspace) -> None:
    context = ExpertContext(samples, "none", is_used_up=lambda *_: True)
    with pytest.raises(OutOfMaterial):
        bugs.draw(context)


def test_names_of_failing_tests_are_read_from_a_run() -> None:
    result = "test_one\na.py:3: in test_one\nTestTwo.test_three[x-1]\nE   assert\n[2 failed, 1 passed, exit 1]"
    assert bugs.failing(result) == ["test_one", "TestTwo.test_three"]
    assert bugs.failing("test_one\nE   assert [{<a.B obj...5e8990>: 1}] == []\n[1 failed, exit 1]") == []
    assert bugs.outcome(result) == "2 failed, 1 passed"
    assert not bugs.is_green(result)
    assert bugs.is_green("[2 passed, 1 skipped, exit 0]")
    assert not bugs.is_green("[1 skipped, exit 0]")
