"""References are uses in truth: scopes, imports and, where these do not say, jedi tell them from what looks alike."""

from __future__ import annotations

import ast

import pytest

from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder.workspace.tools.scopes import uses
from vibecoder.workspace.tools.usages import find_uses


def lines_of(place: Workspace, name: str, path: str = "extra.py") -> list[int]:
    return [line for found, line in find_uses(place, name)[0] if found == path]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("from numkit.clamp import clamp\nclamp(1, 2, 3)\n", [1, 2]),
        ("import numkit.clamp\nnumkit.clamp.clamp(1, 2, 3)\n", [2]),
        ("from numkit import clamp as c\nc.clamp(1, 2, 3)\n", [1, 2]),
        ("def f(clamp):\n    return clamp\n", []),
        ("def f():\n    clamp = 1\n    return clamp\n", []),
        ("from math import clamp\nclamp(1)\n", []),
        ("x = [clamp for clamp in range(3)]\n", []),
        ("# clamp\n'clamp'\nclamped = 1\n", []),
        ("from numkit.clamp import clamp\nclass A:\n    clamp = 1\n    def f(self):\n        clamp(1)\n", [1, 5]),
        ("import json\njson.clamp()\n", []),
    ],
)  # fmt: skip
def test_scopes_and_imports_decide(samples: Workspace, text: str, lines: list[int]) -> None:
    samples.write("extra.py", text)
    assert lines_of(samples, "clamp") == lines
    assert find_uses(samples, "clamp")[1] == 0


def test_jedi_follows_what_an_import_hides(samples: Workspace) -> None:
    samples.write("shelf.py", "from numkit import clamp\n\n\nclass Box:\n    def lid(self) -> int:\n        return 1\n")
    samples.write("extra.py", "import shelf\n\nshelf.clamp.clamp(1, 2, 3)\nbox = shelf.Box()\nbox.lid()\n")
    assert lines_of(samples, "lid") == [5]
    assert 3 in lines_of(samples, "clamp")


def test_jedi_sees_what_was_written_last(samples: Workspace) -> None:
    samples.write("extra.py", "import shelf\n\nbox = shelf.make()\nbox.lid()\n")
    classes = (
        "class Box:\n    def lid(self): ...\n\n\nclass Jar:\n    def lid(self): ...\n\n\ndef make():\n    return {}()\n"
    )
    for name in ("Box", "Jar"):
        samples.write("shelf.py", classes.format(name))
        assert lines_of(samples, "lid") == [4]
    samples.write(
        "shelf.py",
        "class Jar:\n    def lid(self): ...\n\n\nclass Can:\n    lid = 1\n\n\ndef make():\n    return Can()\n",
    )
    assert lines_of(samples, "lid") == []


def test_an_attribute_of_something_unknown_is_said_to_be_unclear(samples: Workspace) -> None:
    samples.write("extra.py", "def f(x):\n    return x.clamp(1)\n")
    assert lines_of(samples, "clamp") == []
    assert run_tool(samples, "references", {"name": "clamp"}).endswith(", 1 unclear attribute]")
    samples.write("lonely.py", "def alone():\n    return 1\n\n\ndef g(y):\n    return y.alone\n")
    assert run_tool(samples, "references", {"name": "alone"}) == "no references to alone, 1 unclear attribute"


def test_a_text_search_finds_more(samples: Workspace) -> None:
    samples.write("extra.py", '"""clamp is fine."""\nfrom numkit.clamp import clamp\n\n# clamp again\nclamp(1, 2, 3)\n')
    hits = run_tool(samples, "grep", {"pattern": "clamp", "path": "extra.py"})
    assert hits.endswith("[4 matches in 1 file]")
    assert lines_of(samples, "clamp") == [2, 5]


def test_a_file_that_is_no_python_hides_nothing_else(samples: Workspace) -> None:
    samples.write("broken.py", "def clamp(:\n")
    assert run_tool(samples, "definition", {"name": "clamp"}).startswith("numkit/clamp.py:")
    assert run_tool(samples, "references", {"name": "clamp"}).startswith("tests/test_clamp.py:1:")


def test_a_use_knows_its_binding() -> None:
    tree = ast.parse("import a as b\n\n\ndef f(x, *y, **z):\n    b.c.d\n    return x.d, y, (lambda d: d)(z)\n")
    first, second, third = uses(tree, "d")
    assert (first.line, first.receiver) == (5, ("b", "c"))
    assert isinstance(first.binding, ast.Import)
    assert isinstance(second.binding, ast.arg)
    assert second.receiver == ("x",)
    assert isinstance(third.binding, ast.arg)
    assert third.receiver == ()
