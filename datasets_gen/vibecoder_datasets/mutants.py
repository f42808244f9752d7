"""One-place bugs in real functions: a swapped comparison, a wrong sign, a number off by one; a test proves them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder_datasets.survey import Function
from vibecoder_datasets.workspace import Workspace

__all__ = ["Mutant", "mutants"]

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], str]] = {
    ast.Lt: (ast.LtE, "it lets the limit itself in"),
    ast.LtE: (ast.Lt, "it leaves the limit itself out"),
    ast.Gt: (ast.GtE, "it lets the limit itself in"),
    ast.GtE: (ast.Gt, "it leaves the limit itself out"),
    ast.Eq: (ast.NotEq, "the comparison is the wrong way round"),
    ast.NotEq: (ast.Eq, "the comparison is the wrong way round"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], str]] = {
    ast.Add: (ast.Sub, "it subtracts where it must add"),
    ast.Sub: (ast.Add, "it adds where it must subtract"),
    ast.Mult: (ast.Add, "it adds where it must multiply"),
    ast.FloorDiv: (ast.Mult, "it multiplies where it must divide"),
    ast.Div: (ast.Mult, "it multiplies where it must divide"),
    ast.Mod: (ast.FloorDiv, "it divides where the remainder is needed"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug in `function`: the line `bad` (without its indentation) stands where `good` belongs. `text` is the file."""

    function: Function
    good: str
    bad: str
    why: str
    text: str


def mutants(workspace: Workspace, function: Function) -> list[Mutant]:
    """All bugs of one line whose line, good or bad, occurs only once in its file."""
    text = workspace.text(function.path)
    lines = text.splitlines()
    node = next(
        found
        for found in ast.walk(workspace.tree(function.path))
        if isinstance(found, ast.FunctionDef) and found.lineno == function.line
    )
    found = []
    for old, new, why in _sites(node):
        if old.lineno != old.end_lineno:
            continue
        line = lines[old.lineno - 1]
        before, segment, after = (
            line[: old.col_offset],
            line[old.col_offset : old.end_col_offset],
            line[old.end_col_offset :],
        )
        if segment != ast.unparse(old):  # ours would be laid out differently, which is no part of the bug
            continue
        changed = before + ast.unparse(new) + after
        good, bad = line.strip(), changed.strip()
        broken = "\n".join([*lines[: old.lineno - 1], changed, *lines[old.lineno :]]) + "\n"
        if text.count(good) == 1 and broken.count(bad) == 1 and good not in broken:
            found.append(Mutant(function, good, bad, why, broken))
    return found


def _sites(node: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr, str]]:
    """Expressions, what they become, and what is wrong with that."""
    for child in _expressions(node):
        match child:
            case ast.Compare(ops=[operator]) if type(operator) in _COMPARE:
                other, why = _COMPARE[type(operator)]
                yield child, _with(child, ops=[other()]), why
            case ast.BinOp(op=sign) if type(sign) in _ARITHMETIC:
                arithmetic, why = _ARITHMETIC[type(sign)]
                yield child, _with(child, op=arithmetic()), why
            case ast.BoolOp(op=ast.And()):
                yield child, _with(child, op=ast.Or()), "one condition is taken for enough where all must hold"
            case ast.BoolOp(op=ast.Or()):
                yield child, _with(child, op=ast.And()), "all conditions must hold where one is enough"
            case ast.Call(func=ast.Name(id="max")):
                yield child, _with(child, func=ast.Name("min")), "it takes the smallest where the largest is needed"
            case ast.Call(func=ast.Name(id="min")):
                yield child, _with(child, func=ast.Name("max")), "it takes the largest where the smallest is needed"
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                yield child, ast.Constant(value + 1), f"it has {value + 1} in place of {value}"


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in the body; not inside f-strings, whose positions differ between versions of Python."""
    children = node.body if isinstance(node, ast.FunctionDef) else ast.iter_child_nodes(node)
    for child in children:
        if not isinstance(child, ast.JoinedStr):
            yield child
            yield from _expressions(child)


def _with(node: ast.expr, **changes: object) -> ast.expr:
    changed = copy.deepcopy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed
