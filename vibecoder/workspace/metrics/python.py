"""Measures how easy a piece of Python is to read: length, branches, nesting, magic numbers, repetition, names."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder.workspace.files import ToolError, Workspace, nearest
from vibecoder.workspace.metrics import copies, idioms, labels

__all__ = [
    "Definition",
    "Metrics",
    "dead_lines",
    "find",
    "magic_numbers",
    "measured",
    "of_python",
    "public_api",
    "repeated",
    "short_names",
    "unused_names",
]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.IfExp, ast.ExceptHandler, ast.comprehension, ast.match_case)
_PLAIN_NUMBERS = (-1, 0, 1, 2, 10)
_LONG_ENOUGH = 6
_LARGE_ENOUGH = 4  # nodes of an expression that is worth a name when it is repeated


@dataclass(frozen=True, slots=True)
class Metrics:
    """Holds what was counted in a function or class, its docstring left out; less is better everywhere."""

    lines: int
    paths: int
    levels: int
    magic_numbers: int
    repeats: int
    short_names: int
    unused_names: int
    odd_idioms: int
    dead_lines: int
    copied_lines: int

    def label(self, field: str) -> str:
        """Return one number with what it counts."""
        return labels.label(self, field)

    def __str__(self) -> str:
        return labels.labels(self)


def measured(tree: ast.Module, text: str, node: Definition) -> Metrics:
    """Count everything in one definition of a file, given as its tree and its text."""
    first, last = node.lineno, node.end_lineno or node.lineno
    return Metrics(
        lines=last - first + 1 - docstring_lines(node),
        paths=_paths(node),
        levels=_levels(node),
        magic_numbers=sum(1 for _ in magic_numbers(node)),
        repeats=sum(count - 1 for count in repeated(node).values()),
        short_names=len(short_names(node)),
        unused_names=len(unused_names(node)),
        odd_idioms=sum(1 for _ in idioms.odd(node)),
        dead_lines=len(dead_lines(text.splitlines(), first, last)),
        copied_lines=copies.copied_lines(tree, node),
    )


def find(tree: ast.Module, name: str) -> Definition | None:
    """Return the definition called `name`, or `Class.method`, at the top of a file or in one of its classes."""
    for node in tree.body:
        if isinstance(node, _DEFINITIONS) and node.name == name:
            return node
        if isinstance(node, ast.ClassDef):
            for child in node.body:
                if isinstance(child, _DEFINITIONS) and name in (child.name, f"{node.name}.{child.name}"):
                    return child
    return None


def of_python(workspace: Workspace, path: str, name: str) -> str:
    """Return where a function or class of a file stands, its metrics, and how many public names the file has.

    Raises:
        ToolError: there is no such file or name, or the file is not valid Python.
    """
    tree, text = workspace.tree(path), workspace.text(path)
    node = find(tree, name)
    if node is None:
        near = nearest(name, [child.name for child in tree.body if isinstance(child, _DEFINITIONS)])
        raise ToolError(f"error: no {name} in {path}" + (f"; similar: {near}" if near else ""))
    body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
    place = f"{path}:{node.lineno}-{node.end_lineno} {name}, code from line {body[0].lineno}"
    return f"{place}\n{measured(tree, text, node)}\n[{len(public_api(tree))} public names in the file]"


def public_api(tree: ast.Module) -> dict[str, str]:
    """Return the public functions, classes and methods of a file, each with what a caller must know of it."""
    found = {}
    for node in tree.body:
        if isinstance(node, _DEFINITIONS) and not node.name.startswith("_"):
            found[node.name] = _signature(node)
            if isinstance(node, ast.ClassDef):
                for child in node.body:
                    if isinstance(child, _DEFINITIONS) and (not child.name.startswith("_") or child.name == "__init__"):
                        found[f"{node.name}.{child.name}"] = _signature(child)
    return found


def magic_numbers(node: ast.AST) -> Iterator[ast.Constant]:
    """Numbers in the code that have no name; those every reader knows, defaults and named constants left out."""
    for child in _shallow(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, int | float):
            if not isinstance(child.value, bool) and child.value not in _PLAIN_NUMBERS:
                yield child
            continue
        yield from magic_numbers(child)


def _shallow(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.arguments | ast.JoinedStr):
            continue
        named = isinstance(child, ast.Assign) and all(isinstance(t, ast.Name) and t.id.isupper() for t in child.targets)
        if not named:
            yield child


def repeated(node: ast.AST) -> Counter[str]:
    """Expressions worked out, and texts written, more than once, by their source, with their number."""
    counts = Counter(
        ast.unparse(child)
        for child in ast.walk(node)
        if isinstance(child, ast.Call | ast.Compare | ast.Subscript | ast.BinOp | ast.BoolOp | ast.Attribute)
        and not isinstance(getattr(child, "ctx", None), ast.Store | ast.Del)
        and sum(1 for _ in ast.walk(child)) > _LARGE_ENOUGH
    )
    counts.update(repr(text.value) for text in texts(node))
    return Counter({source: count for source, count in counts.items() if count > 1})


def texts(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the string literals of `_LONG_ENOUGH` letters and more; docstrings, defaults and f-strings left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.arguments | ast.JoinedStr) or (isinstance(child, ast.Expr) and _is_text(child.value)):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and len(child.value) >= _LONG_ENOUGH:
            yield child
        yield from texts(child)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def short_names(node: ast.AST) -> set[str]:
    """Local names of one letter."""
    return {name for name in _stored(node) if len(name) == 1 and name != "_"}


def unused_names(node: ast.AST) -> set[str]:
    """Local names that get a value in an assignment of their own and are never read."""
    if isinstance(node, ast.ClassDef):
        return set()
    read = {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)}
    shared = {name for child in ast.walk(node) if isinstance(child, ast.Global | ast.Nonlocal) for name in child.names}
    alone = {
        child.targets[0].id
        for child in ast.walk(node)
        if isinstance(child, ast.Assign) and len(child.targets) == 1 and isinstance(child.targets[0], ast.Name)
    }
    return {name for name in alone - read - shared if not name.startswith("_")}


def dead_lines(lines: list[str], first: int, last: int) -> list[int]:
    """Return the numbers of lines that are code in a comment, between two 1-based lines."""
    return [number for number in range(first, last + 1) if _is_dead(lines[number - 1].strip())]


def _is_dead(line: str) -> bool:
    if not re.match(r"#+ ?[\w.]+(\[.*\])? ?([-+*/]?= ?\S|\(.*\)$)|#+ ?(return|print|assert|del|raise) ?[\w(]", line):
        return False
    try:
        body = ast.parse(line.lstrip("# ").rstrip()).body
    except SyntaxError:
        return False
    return bool(body) and not isinstance(body[0], ast.AnnAssign)


def docstring_lines(node: Definition) -> int:
    """Return how many lines the docstring of a definition takes."""
    if ast.get_docstring(node) is None:
        return 0
    return (node.body[0].end_lineno or node.body[0].lineno) - node.body[0].lineno + 1


def _stored(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}


def _paths(node: ast.AST) -> int:
    found = 1
    for child in ast.walk(node):
        found += isinstance(child, _BRANCHES)
        if isinstance(child, ast.BoolOp):
            found += len(child.values) - 1
    return found


def _levels(node: ast.AST) -> int:
    deepest = 0
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                is_elif = (
                    isinstance(node, ast.If) and field == "orelse" and isinstance(child, ast.If) and len(value) == 1
                )
                deepest = max(deepest, _levels(child) + (isinstance(child, _BLOCKS) and not is_elif))
    return deepest


def _signature(node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class({', '.join(map(ast.unparse, node.bases))})"
    return f"({ast.unparse(node.args)}) {sorted(map(ast.unparse, node.decorator_list))}"
