"""Knows expressions that Python says better, and how: `x == None`, `not x in y`, `sum([...])` and their kin."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["better", "odd"]

_TAKERS = ("sum", "any", "all", "min", "max", "sorted", "set", "tuple", "frozenset")
_EMPTY = {"dict": "{}", "list": "[]"}


def odd(node: ast.AST) -> Iterator[tuple[ast.expr, str, str]]:
    """Yield (expression, its better source, why) for each odd expression below a node."""
    for child in ast.walk(node):
        if isinstance(child, ast.expr) and (found := better(child)):
            yield child, *found


def better(node: ast.expr) -> tuple[str, str] | None:
    """Return the better source of one expression and the reason for it; None where there is nothing to improve."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[ast.Constant(value=None)]):
            word = "is" if isinstance(op, ast.Eq) else "is not"
            return f"{ast.unparse(left)} {word} None", "`None` is compared by identity"
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()], comparators=[right])):
            return f"{ast.unparse(left)} not in {ast.unparse(right)}", "`not in` is one operator"
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.Is()], comparators=[right])):
            return f"{ast.unparse(left)} is not {ast.unparse(right)}", "`is not` is one operator"
        case ast.Compare(
            left=left,
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.Call(func=ast.Attribute(value=mapping, attr="keys"), args=[], keywords=[])],
        ):
            word = "in" if isinstance(op, ast.In) else "not in"
            return f"{ast.unparse(left)} {word} {ast.unparse(mapping)}", "a mapping is asked directly, without its keys"
        case ast.Call(func=ast.Name(id=name), args=[ast.ListComp() as inner], keywords=[]) if name in _TAKERS:
            source = ast.unparse(inner)[1:-1]
            if name == "set":
                return f"{{{source}}}", "a set has a comprehension of its own"
            return f"{name}({source})", f"`{name}` takes a generator, no list is needed"
        case ast.Call(func=ast.Name(id="dict" | "list" as name), args=[], keywords=[]):
            return _EMPTY[name], "a literal is shorter than the call"
        case ast.Call(func=ast.Name(id="set"), args=[ast.List(elts=[_, *_] as items)], keywords=[]):
            if not any(isinstance(item, ast.Starred) for item in items):
                return "{" + ", ".join(map(ast.unparse, items)) + "}", "a set has a literal of its own"
        case ast.Call(func=ast.Name(id="sorted"), args=[ast.Call(func=ast.Name(id="list"), args=[inner])], keywords=[]):
            return f"sorted({ast.unparse(inner)})", "`sorted` makes the list itself"
        case ast.BoolOp(op=ast.Or(), values=values):
            return _alternatives(values)
        case ast.BoolOp(op=ast.And(), values=[ast.Compare() as first, ast.Compare() as second]):
            return _chain(first, second)
    return None


def _alternatives(values: list[ast.expr]) -> tuple[str, str] | None:
    """Improve `isinstance(x, A) or isinstance(x, B)`, `x == 1 or x == 2`."""
    subjects, kinds = set(), []
    for value in values:
        match value:
            case ast.Call(func=ast.Name(id="isinstance"), args=[subject, kind], keywords=[]):
                if isinstance(kind, ast.Tuple):
                    return None
                subjects.add(("isinstance", ast.unparse(subject)))
                kinds.append(ast.unparse(kind))
            case ast.Compare(left=subject, ops=[ast.Eq()], comparators=[ast.Constant() as kind]):
                subjects.add(("==", ast.unparse(subject)))
                kinds.append(ast.unparse(kind))
            case _:
                return None
    if len(subjects) != 1:
        return None
    ((how, subject_source),) = subjects
    together = ", ".join(kinds)
    if how == "isinstance":
        return f"isinstance({subject_source}, ({together}))", "`isinstance` takes several types at once"
    if not isinstance(values[0], ast.Compare) or not isinstance(values[0].left, ast.Name | ast.Attribute):
        return None
    return f"{subject_source} in ({together})", "one value is compared with several, which `in` says at once"


def _chain(first: ast.Compare, second: ast.Compare) -> tuple[str, str] | None:
    """Improve `a <= x and x < b`."""
    rising = (ast.Lt, ast.LtE)
    if len(first.ops) != 1 or len(second.ops) != 1 or not isinstance(first.comparators[0], ast.Name):
        return None
    if ast.unparse(first.comparators[0]) != ast.unparse(second.left):
        return None
    if isinstance(first.ops[0], rising) and isinstance(second.ops[0], rising):
        return f"{ast.unparse(first)} {ast.unparse(second).split(' ', 1)[1]}", "the two comparisons are one chain"
    return None
