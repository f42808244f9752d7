"""Parsing only what is new says the same as parsing all of it, whatever the text."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibecoder_datasets.importers.git.python import PythonVersions, pieces

PARTS = [
    "def f(x):\n    return x\n", "class C:\n    y = 1\n", "@dec\n", "@dec(\n    1,\n)\n", "async def g():\n    pass\n",
    '"""begun\n', '"""\n', "x = (1,\n", ")\n", "if x:\n", "    y = 2\n", "else:\n    z = 3\n", "\tw = 4\n", "\\\n",
    "# comment\n", "\n", "x = 1", "\r\n", "\f", "# coding: latin-1\n", "s = 'caf\xe9'\n", "def", "class D: pass\n",
    "'''\n", "\0",
]  # fmt: skip
TEXTS = st.lists(st.lists(st.sampled_from(PARTS), max_size=8).map("".join), min_size=1, max_size=5)


def is_correct(content: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(content)
        except (SyntaxError, ValueError):
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["utf-8", "latin-1"]))
def test_versions_of_any_text_are_judged_as_python_judges_them(versions: list[str], encoding: str) -> None:
    known = PythonVersions()
    for version in versions:
        content = version.encode(encoding)
        assert b"".join(pieces(content)) == content
        assert known.parses(content) == is_correct(content)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import os\n\ndef f():\n    pass\n\n@dec\ndef g():\n    pass\nclass C:\n    pass\n", 4),
        ("def f():\n    pass\n", 1),
        ("", 1),
    ],
)
def test_a_text_is_cut_before_definitions_and_their_decorators(text: str, count: int) -> None:
    assert len(pieces(text.encode())) == count
