"""The first line of a function's docstring is one sentence that begins with its verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from support import ROOT

SOURCES = ("vibecoder", "backends", "stages", "datasets_gen", "services", "benchmarks", "scripts", "examples")
DATA = "projects/samples"
"""Code that rows are built from, as their authors wrote it."""

VERB = re.compile(
    r"(?!(A|An|The|What|Which|Who|Whose|Where|When|Why|How|Whether)\b)"
    r"(?!(One|Two|Three|Each|Every|Everything|Another|Several|All|Some|No|None|It|This|That|These|Those)\b)"
    r"(?!(As|At|By|For|From|In|Of|On|With)\b)"
    r"[A-Z][a-z]+\b"
)
"""A capitalised word that is not known to be anything but a verb."""


def first_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring's first line of each function that is no property."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_property(node):
            text = ast.get_docstring(node)
            if text is not None:
                yield node.name, text.partition("\n")[0]


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    named = [each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in node.decorator_list]
    return not {"property", "cached_property", "setter"}.isdisjoint(named)


@lru_cache
def lines() -> dict[str, list[tuple[str, str]]]:
    """Return the names and first lines of functions by the path of their file."""
    files = sorted(path for source in SOURCES for path in (ROOT / source).rglob("*.py"))
    names = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {name: list(first_lines(path)) for name, path in names.items() if DATA not in name}


def held() -> Iterator[tuple[str, str]]:
    """Yield each function with its first line."""
    for path, found in lines().items():
        yield from ((f"{path}: {function}", line) for function, line in found)


def test_a_docstring_begins_with_its_verb() -> None:
    wrong = [each for each in held() if not VERB.match(each[1])]
    assert not wrong, 'begin with what the function does: "Return the ...", "Split ... into ...", "Tell whether ..."'


def test_a_first_line_is_a_sentence() -> None:
    wrong = [each for each in held() if not each[1].endswith(".")]
    assert not wrong, "end the first line with a full stop; what else is to be said follows an empty line"


@pytest.mark.parametrize(
    "line", ["The text.", "Whether it is.", "`ids` there.", "rows.", "How many.", "A row.", "(a, b)."]
)
def test_what_is_no_verb_is_told(line: str) -> None:
    assert not VERB.match(line)


@pytest.mark.parametrize("line", ["Return the text.", "Tell whether it is.", "Re-read it.", "Put `ids` there."])
def test_what_may_be_a_verb_is_let_through(line: str) -> None:
    assert VERB.match(line)
