"""Finds the tests of a function by the names of files and the names tests mention, without running anything."""

from __future__ import annotations

import ast
import re
import weakref
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.metrics.trees import mentioned_names, once_a_tree
from vibecoder_datasets.code.index import Function

__all__ = ["Tested", "body", "home_of_tests", "linked"]

MAX_TESTS = 4
UNSTEADY = {"environ", "time", "sleep", "perf_counter", "getpid", "cwd", "platform", "tempfile", "open"}
"""What a test must not mention: its outcome may depend on the machine."""
_DRAWN = {"randmatrix", "default_rng", "RandomState", "PythonRandomInterface", "timed"}
"""What a file of tests must not mention: rows run whole files, and a bug may fail such a test only at times."""
_CHANCE = {"seed", "random", "rng", "shuffle", "randint", "randrange", "py_random_state", "np_random_state"}
"""What a function must not mention: a bug in it may be noticed at times, and what it returns be another each time."""
MAX_SEARCHED = 80
MAX_TEST_LINES = 500
_TESTS = re.compile(r"(?:^|/)(?:test_(\w+)|(\w+)_test)\.py$")


@dataclass(frozen=True, slots=True)
class Tested:
    """Describes a function, its test file, and the pytest ids of tests that mention it, shortest first."""

    function: Function
    test: str
    nodes: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def name(self) -> str:
        return self.function.name


_FILES: weakref.WeakKeyDictionary[Workspace, dict[str, list[str]]] = weakref.WeakKeyDictionary()
_NODES: weakref.WeakKeyDictionary[Workspace, dict[str, list[tuple[int, str, set[str]]]]] = weakref.WeakKeyDictionary()


def home_of_tests(workspace: Workspace, path: str) -> str | None:
    """Find the test file of a module by its name, the nearest of several; None if there is none."""
    if workspace not in _FILES:
        known = defaultdict(list)
        for file in workspace.files:
            if found := _TESTS.search(file):
                known[found[1] or found[2]].append(file)
        _FILES[workspace] = known
    files = _FILES[workspace].get(PurePosixPath(path).stem, [])
    top = path.split("/")[0]
    near = [file for file in files if len(files) == 1 or file.split("/")[0] in (top, "tests")]
    return max(near, key=lambda file: (_shared(file, path), -len(file)), default=None)


def _shared(one: str, two: str) -> int:
    """Count the letters at the start that two paths have in common."""
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _mentioning(workspace: Workspace, name: str) -> str | None:
    """Find the test file with the most calls of a name, for projects whose tests have other names than modules."""
    tests = [file for file in workspace.tests if _TESTS.search(file)]
    if len(tests) > MAX_SEARCHED:
        return None
    counts = [(workspace.text(file).count(f"{name}("), file) for file in tests]
    return max(((count, file) for count, file in counts if count), default=(0, None))[1]


def body(workspace: Workspace, function: Function) -> tuple[int, int]:
    """Return the first and last line of a function's code, without signature and docstring; (0, 0) for classes."""
    for node in ast.walk(workspace.tree(function.path)):
        if isinstance(node, ast.FunctionDef) and node.lineno == function.line:
            code = node.body[1:] if ast.get_docstring(node) is not None else node.body
            return (code[0].lineno, function.end) if code else (0, 0)
    return 0, 0


def linked(workspace: Workspace, function: Function) -> Tested | None:
    """Find the tests of a function; None if no test mentions it or it depends on chance."""
    file = home_of_tests(workspace, function.path) or _mentioning(workspace, function.name)
    if file is None or workspace.text(file).count("\n") > MAX_TEST_LINES:
        return None
    known = _nodes(workspace, file)
    if any(names & _DRAWN for _, _, names in known):
        return None
    nodes = [(lines, node) for lines, node, names in known if function.name in names and not names & UNSTEADY]
    if not nodes or function.name in _drawing(workspace.tree(function.path)):
        return None
    return Tested(function, file, tuple(node for _, node in sorted(nodes)[:MAX_TESTS]))


@once_a_tree
def _drawing(tree: ast.Module) -> frozenset[str]:
    """Return the names of a file's functions that draw numbers or are given a generator of them."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in functions if mentioned_names(node) & _CHANCE)


def _nodes(workspace: Workspace, file: str) -> list[tuple[int, str, set[str]]]:
    """Return (lines, pytest id, names it mentions) of each test in a file as it was copied."""
    known = _NODES.setdefault(workspace, {})
    if file not in known:
        known[file] = []
        try:
            body = workspace.tree(file).body
        except ToolError:
            return []
        for node in body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                known[file] += [_described(child, f"{file}::{node.name}") for child in node.body if _tests(child)]
            elif _tests(node):
                known[file].append(_described(node, file))
    return known[file]


def _tests(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


def _described(node: ast.stmt, prefix: str) -> tuple[int, str, set[str]]:
    assert isinstance(node, ast.FunctionDef)
    return (node.end_lineno or node.lineno) - node.lineno, f"{prefix}::{node.name}", mentioned_names(node)
