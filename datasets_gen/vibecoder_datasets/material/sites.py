"""Finds real functions that can be made better, with a test that calls them, in the supply of a unit of work."""

from __future__ import annotations

import ast
import random
import weakref
from dataclasses import dataclass

from vibecoder.workspace.files import ToolError, Workspace
from vibecoder.workspace.metrics.python import find
from vibecoder.workspace.metrics.trees import mentioned_names, once_a_tree
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.tested import linked
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.rewrites.catalogue import REWRITES, Improvement, improvement
from vibecoder_datasets.rewrites.site import Rewrite, Site

__all__ = ["Find", "draw"]

MOST_LINES = 28
"""Lines of code, without the docstring, that a row can show."""
TRIES = 24
SHORT_TESTS = 150
"""Lines up to which a whole test file is run; of a longer one it is one test."""
_KNOWN: weakref.WeakKeyDictionary[
    Workspace, dict[tuple[str, str], tuple[str | None, dict[Rewrite, Improvement | None]]]
] = weakref.WeakKeyDictionary()
"""The test of each function as it was copied, and what each rewrite makes of it."""
_DEALT: weakref.WeakKeyDictionary[ExpertContext, set[tuple[str, str]]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Find:
    """Describes a function, what makes it better, and the pytest id of tests that it has a part in."""

    function: Function
    site: Site
    improvement: Improvement
    test: str
    code: int
    """The first line of its code, after the docstring."""


def draw(context: ExpertContext, subcategory: str) -> Find | None:
    """Return the next function that a rewrite of the sub-category suits; each serves a unit once.

    None if none is near.
    """
    context.workspace.reset()
    dealt = _DEALT.setdefault(context, set())
    for _ in range(TRIES):
        if context.rng.random() < 0.5:
            functions = [context.functions.draw()]
        else:  # private functions and methods, which the index leaves out
            path = context.files.draw().path
            functions = [found for found in _others(context, path) if (path, found.name) not in dealt]
            context.rng.shuffle(functions)
        for function in functions[:6]:
            if (function.path, function.name) in dealt or is_test(function.path):
                continue
            found = _found(context, function, subcategory)
            if found is not None:
                dealt.add((function.path, function.name))
                return found
    return None


def _others(context: ExpertContext, path: str) -> list[Function]:
    """Return the functions and methods of a file that the index does not have; a method's name is `Class.method`."""
    if not path.endswith(".py"):
        return []
    found = []
    for node in context.workspace.tree(path).body:
        for child in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(child, ast.FunctionDef):
                known = context.code_index.by_name.get(child.name)
                name = f"{node.name}.{child.name}" if isinstance(node, ast.ClassDef) else child.name
                if known is None or known.path != path:
                    end = child.end_lineno or child.lineno
                    group = context.code_index.group.get(path, path)
                    found.append(Function(path, name, child.lineno, end, _summary(child), group, False))
    return found


def _found(context: ExpertContext, function: Function, subcategory: str) -> Find | None:
    try:
        tree = context.workspace.tree(function.path)
    except ToolError:
        return None
    node = find(tree, function.name)
    if not isinstance(node, ast.FunctionDef) or node.lineno != function.line:
        return None
    code = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not code or not 1 < (node.end_lineno or 0) - code[0].lineno < MOST_LINES:
        return None
    site = Site(function.path, function.name, context.workspace.text(function.path), tree, node)
    kinds = list(REWRITES[subcategory])
    random.Random(f"{context.rng.random()}").shuffle(kinds)
    known = _KNOWN.setdefault(context.workspace, {})
    if (function.path, function.name) not in known:
        known[function.path, function.name] = _test_of(context, tree, function), {}
    test, improvements = known[function.path, function.name]
    for kind in kinds if test else ():
        if kind.rewrite not in improvements:
            improvements[kind.rewrite] = improvement(site, kind)
        if better := improvements[kind.rewrite]:
            return Find(function, site, better, str(test), code[0].lineno)
    return None


def _test_of(context: ExpertContext, tree: ast.Module, function: Function) -> str | None:
    """Tests that mention the function, or else a function of its file that calls it, at one remove or two."""
    names = [function.name.split(".")[-1]]
    for _ in range(3):
        for name in names:
            found = linked(context.workspace, Function(function.path, name, 0, 0, "", function.group, False))
            if found is not None:
                short = context.workspace.text(found.test).count("\n") <= SHORT_TESTS
                return found.test if short else found.nodes[-1]
        names = [name for name, mentioned in _mentions(tree) if name not in names and mentioned & set(names)]
        if not names:
            break
    return None


@once_a_tree
def _mentions(tree: ast.Module) -> list[tuple[str, set[str]]]:
    """Return every function of a file with all names and attributes in it."""
    return [(node.name, mentioned_names(node)) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _summary(node: ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ").strip()
