"""Patches: what `git apply` takes and passes the tests, measured; what leads out or touches the tests is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibecoder.evaluate.scoring.patches import apply, judge_patch
from vibecoder.evaluate.scoring.replies import diff_of
from vibecoder.types import Prompt

PROMPT = Prompt(
    id="p",
    suite="s",
    category="patch",
    scorer="patch",
    reference={
        "files": {"a.py": "def f(x):\n    y = x\n    return y\n", "test_a.py": "from a import f\nassert f(2) == 4\n"},
        "tests": "from a import f\nassert f(2) == 4",
        "may_touch": ["a.py"],
    },
)
RIGHT = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n def f(x):\n-    y = x\n+    y = x * x\n     return y\n"


@pytest.mark.parametrize(
    "reply",
    [
        RIGHT,
        f"This is it:\n```diff\n{RIGHT}```\nDone.",
        f"```diff\ndiff --git a/a.py b/a.py\n{RIGHT}```",
        RIGHT.replace("-1,3 +1,3", "-1,9 +1,2"),
    ],
    ids=["bare", "fenced", "with a header", "miscounted"],
)
def test_a_right_patch_passes_and_is_measured(reply: str) -> None:
    found = judge_patch(PROMPT, reply)
    assert found.passed, found.reason
    assert found.measures == {"format": True, "diff_lines": 2, "files_touched": 1, "applies": True}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Multiply it.", "no diff"),
        (RIGHT.replace("    y = x\n+", "    y = z\n+"), "does not apply"),
        (RIGHT.replace("x * x", "x + 1"), "AssertionError"),
        (RIGHT.replace("x * x", "x * "), "SyntaxError"),
        (RIGHT.replace("a.py", "test_a.py"), "changes test_a.py"),
        (RIGHT.replace("a/a.py", "a/../a.py").replace("b/a.py", "b/../a.py"), "changes ../a.py"),
        (RIGHT[:40], "does not apply"),
    ],
)
def test_a_wrong_patch_fails_with_its_reason(reply: str, reason: str) -> None:
    found = judge_patch(PROMPT, reply)
    assert not found.passed
    assert reason in found.reason


def test_nothing_outside_is_patched(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "a.py").write_text(PROMPT.reference["files"]["a.py"])
    assert "does not apply" in apply(inside, RIGHT.replace("a/a.py", "a/../a.py").replace("b/a.py", "b/../a.py"))
    link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline\n"
    assert apply(inside, link) == "makes a symbolic link"
    assert (tmp_path / "a.py").read_text() == PROMPT.reference["files"]["a.py"]


def test_the_diff_is_found_in_prose() -> None:
    assert diff_of(f"Before.\n\n{RIGHT}\nAfter.") == RIGHT
    assert diff_of("```python\nx = 1\n```") == ""
