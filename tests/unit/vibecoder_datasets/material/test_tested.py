"""Functions are linked with the tests that really mention them, and lines can be written longer without a change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vibecoder_datasets.code.mutants import mutants
from vibecoder_datasets.code.survey import Function, Survey
from vibecoder_datasets.code.tested import body, home_of_tests, linked
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.hand import OutOfMaterial
from vibecoder_datasets.material.inflations import inflations
from vibecoder_datasets.material.kit import Kit
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.sandbox.workspace import Workspace, opened
from vibecoder_datasets.speech.voices import arguments, ask, facts
from vibecoder_datasets.tools.run import run_tool


@pytest.fixture(scope="module")
def place() -> Iterator[Workspace]:
    with opened("samples") as found:
        yield found


@pytest.fixture
def kit(place: Workspace) -> Kit:
    return Kit(place, "tested")


def functions(kit: Kit) -> list[Function]:
    return [function for file in kit.survey.code for function in file.functions if not function.is_class]


def test_a_module_has_the_test_file_of_its_name(place: Workspace) -> None:
    assert home_of_tests(place, "shop/cart.py") == "tests/test_cart.py"
    assert home_of_tests(place, "shop/no_such.py") is None


def test_every_sample_function_has_a_test_that_mentions_it(kit: Kit) -> None:
    for function in functions(kit):
        found = linked(kit.workspace, function)
        assert found is not None
        assert all(node.startswith("tests/test_") and "::test_" in node for node in found.nodes)


def test_no_function_is_tested_by_a_file_that_draws_numbers_without_a_seed() -> None:
    with opened("mpmath") as workspace:
        survey = Survey(workspace)
        assert "randmatrix" in workspace.text("mpmath/tests/test_linalg.py")
        every = [function for file in survey.code for function in file.functions if not function.is_class]
        files = {found.test for function in every if (found := linked(workspace, function))}
    assert files
    assert "mpmath/tests/test_linalg.py" not in files


def test_the_body_leaves_signature_and_docstring_out(kit: Kit) -> None:
    clamp = kit.survey.by_name["clamp"]
    first, last = body(kit.workspace, clamp)
    assert kit.workspace.text(clamp.path).splitlines()[first - 1 : last] == ["    return max(low, min(value, high))"]
    assert arguments(kit, clamp) == ["value", "low", "high"]


def test_drawn_functions_are_short_enough(kit: Kit) -> None:
    for _ in range(20):
        found = draw_tested(kit, longest=3)
        assert found is None or body(kit.workspace, found.function)[1] - body(kit.workspace, found.function)[0] < 3


def test_bugs_fail_in_the_tool_as_they_did_in_the_lab(kit: Kit) -> None:
    made = 0
    while made < 3:
        bug = bugs.draw(kit)
        if bug is None:
            continue
        kit.workspace.reset()
        assert bugs.is_green(run_tool(kit.workspace, "run_tests", {"path": bug.node}))
        kit.workspace.write(bug.path, bug.mutant.text)
        red = run_tool(kit.workspace, "run_tests", {"path": bug.node})
        assert bugs.failing(red) == [bug.node.split("::")[-1]]
        kit.workspace.reset()
        made += 1


def test_a_kit_without_functions_is_out_of_material(place: Workspace) -> None:
    kit = Kit(place, "none", is_used_up=lambda *_: True)
    with pytest.raises(OutOfMaterial):
        bugs.draw(kit)


def test_names_of_failing_tests_are_read_from_a_run() -> None:
    result = "test_one\na.py:3: in test_one\nTestTwo.test_three[x-1]\nE   assert\n[2 failed, 1 passed, exit 1]"
    assert bugs.failing(result) == ["test_one", "TestTwo.test_three"]
    assert bugs.failing("test_one\nE   assert [{<a.B obj...5e8990>: 1}] == []\n[1 failed, exit 1]") == []
    assert bugs.outcome(result) == "2 failed, 1 passed"
    assert not bugs.is_green(result)
    assert bugs.is_green("[2 passed, 1 skipped, exit 0]")
    assert not bugs.is_green("[1 skipped, exit 0]")


def test_longer_lines_do_the_same(kit: Kit) -> None:
    kinds = set()
    for function in functions(kit):
        for longer in inflations(kit.workspace, function):
            text = kit.workspace.text(function.path).replace(longer.plain, longer.long)
            compile(text, function.path, "exec")
            assert longer.saved >= 1
            kit.workspace.write(function.path, text)
            kinds.add(longer.insight)
    assert bugs.is_green(run_tool(kit.workspace, "run_tests", {"path": "tests"}))
    assert len(kinds) >= 5
    kit.workspace.reset()


def test_mutants_are_of_many_kinds(kit: Kit) -> None:
    kit.workspace.reset()
    reasons = {mutant.why for function in functions(kit) for mutant in mutants(kit.workspace, function)}
    assert len(reasons) >= 12


def test_a_user_does_not_say_the_same_twice(kit: Kit) -> None:
    clamp = kit.survey.by_name["clamp"]
    wishes = ("Look at `{name}`.", "What does `{name}` do?", "Explain `{name}`, please.")
    said = {ask(kit, wishes, facts(kit, clamp), name="clamp") for _ in range(200)}
    assert len(said) > 150
    assert all("`clamp`" in sentence and "{" not in sentence for sentence in said)
    assert not any("max(low" in fact for fact in facts(kit, clamp, "return max(low, min(value, high))"))
