"""The lab tells what tests say of a changed function, as pytest would, and survives whatever it is asked."""

from __future__ import annotations

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.lab import Lab, lab_of, module_of

TESTS = "tests/test_clamp.py"
CODE = "numkit/clamp.py"


@pytest.fixture
def lab(samples: Workspace) -> Lab:
    return lab_of(samples)


def changed(samples: Workspace, old: str, new: str) -> str:
    text = samples.text(CODE)
    assert text.count(old) == 1
    return text.replace(old, new)


def test_tests_pass_as_they_are(lab: Lab) -> None:
    found = lab.tests([TESTS])
    assert found is not None
    assert found.failed == ()
    assert found.passed == (f"{TESTS}::test_clamp", f"{TESTS}::test_in_range")


def test_a_changed_function_fails_its_test_and_no_other(samples: Workspace, lab: Lab) -> None:
    found = lab.tests([TESTS], CODE, changed(samples, "max(low", "min(low"))
    assert found is not None
    assert found.failed == (f"{TESTS}::test_clamp",)
    assert found.passed == (f"{TESTS}::test_in_range",)
    again = lab.tests([TESTS])
    assert again is not None
    assert again.failed == ()


def test_a_text_that_changes_no_function_is_no_answer(samples: Workspace, lab: Lab) -> None:
    assert lab.tests([TESTS], CODE, samples.text(CODE)) is None


def test_what_a_program_prints(samples: Workspace, lab: Lab) -> None:
    code = "from numkit.clamp import clamp; print(clamp(5, 1, 3))"
    assert lab.prints(code, ["numkit.clamp"]) == "3\n"
    assert lab.prints(code, ["numkit.clamp"], CODE, changed(samples, "max(low", "min(low")) == "1\n"
    assert lab.prints("1 / 0") is None


def test_what_does_not_end_is_stopped(samples: Workspace, lab: Lab) -> None:
    assert lab.prints("while True: pass") is None
    assert lab.prints("import sys; sys.exit(3)") is None
    assert lab.prints("import os; os._exit(1)") is None
    assert lab.prints("print(1)") == "1\n"


def test_a_lab_that_has_ended_is_replaced(samples: Workspace) -> None:
    first = lab_of(samples)
    first.close()
    assert not first.is_alive
    second = lab_of(samples)
    assert second is not first
    assert second.prints("print(2)") == "2\n"


def test_the_workspace_is_left_as_it_was(samples: Workspace, lab: Lab) -> None:
    lab_of(samples).prints("open('left.txt', 'w').write('x')")
    samples.reset()
    assert "left.txt" not in samples.files
    assert not (samples.root / "left.txt").exists()


def test_modules_are_named_by_their_paths() -> None:
    assert module_of("shop/cart.py") == "shop.cart"
    assert module_of("toolz/curried/__init__.py") == "toolz.curried"


def test_one_program_under_several_texts(samples: Workspace) -> None:
    original = samples.text(CODE)
    wrong = changed(samples, "max(low", "min(low")
    endless = changed(samples, "return max(low, min(value, high))", "while True: value += 1")
    code = "from numkit.clamp import clamp; print(clamp(5, 1, 3))"
    found = lab_of(samples).prints_each(code, CODE, [original, wrong, endless, original], ["numkit.clamp"])
    assert found == ["3\n", "1\n", None, "3\n"]
