"""Finds what a run of statements takes from its function and gives back to it, so that it can become a function."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Flow", "flow_of"]

_BARRED = (
    ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.FunctionDef, ast.AsyncFunctionDef,
    ast.ClassDef, ast.Lambda, ast.Delete, ast.NamedExpr, ast.Import, ast.ImportFrom, ast.AsyncFor, ast.AsyncWith,
    ast.Match, ast.TryStar,
)  # fmt: skip
_LOOPS = (ast.For, ast.While)
_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_FRAME_READERS = ("locals", "vars", "super", "eval", "exec")


@dataclass(frozen=True, slots=True)
class Flow:
    """Names the locals that a run reads from before it (`takes`) and those it sets for what follows (`gives`)."""

    takes: tuple[str, ...]
    gives: tuple[str, ...]


def flow_of(function: ast.FunctionDef, first: int, last: int) -> Flow | None:
    """Return the flow of statements `first` to `last` (excluded) of a body; None where moving them is not safe."""
    before, run, after = function.body[:first], function.body[first:last], function.body[last:]
    inside = _all(run)
    if any(isinstance(node, _BARRED) for node in inside) or _breaks_out(run):
        return None
    if any(isinstance(node, ast.Name) and node.id in _FRAME_READERS for node in inside):
        return None
    if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function)):
        return None
    parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    _, known_before = _walked(before, frozenset(parameters))
    early, known = _walked(run, frozenset())
    local = parameters | _stored(_all(function.body)) | _defined(_all(function.body))
    reads_after = {node.id for node in _all(after) if isinstance(node, ast.Name)}
    gives = tuple(sorted(_stored(inside) & reads_after))
    takes = (early & local) | (set(gives) - known)
    if not takes <= known_before:
        return None
    return Flow(tuple(sorted(takes, key=lambda name: _place(function, name))), gives)


def _walked(statements: Sequence[ast.stmt], known: frozenset[str]) -> tuple[set[str], frozenset[str]]:
    """Return the names that may be read before statements set them, and those certainly set after them."""
    early: set[str] = set()
    for statement in statements:
        found: set[str] = set()
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                one, after_one = _walked(body, known)
                two, after_two = _walked(orelse, known)
                found = (_reads(test) - known) | one | two
                if body and isinstance(body[-1], _LEAVING):
                    after_one = after_two
                if orelse and isinstance(orelse[-1], _LEAVING):
                    after_two = after_one
                known = after_one & after_two
            case ast.For(target=target, iter=source, body=body, orelse=orelse):
                one, _ = _walked(body, known | _stored(list(ast.walk(target))))
                two, _ = _walked(orelse, known)
                found = ((_reads(source) | _reads(target)) - known) | one | two
            case ast.While(test=test, body=body, orelse=orelse):
                one, _ = _walked(body, known)
                two, _ = _walked(orelse, known)
                found = (_reads(test) - known) | one | two
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                one, after_body = _walked(body, known)
                parts = [_walked(handler.body, known | {handler.name or ""})[0] for handler in handlers]
                found = one.union(*parts, _walked(orelse, after_body)[0], _walked(final, known)[0])
            case ast.With(items=items, body=body):
                for item in items:
                    found |= _reads(item.context_expr) - known
                    known |= _stored(list(ast.walk(item.optional_vars))) if item.optional_vars else set()
                inner, known = _walked(body, known)
                found |= inner
            case _:
                found = _reads(statement) - known
                known |= _stored(list(ast.walk(statement))) | _defined([statement])
        early |= found
    return early, known


def _reads(node: ast.AST) -> set[str]:
    """Return the names an expression or simple statement reads, but for those its comprehensions bind."""
    nodes = list(ast.walk(node))
    bound = _stored(
        [part for child in nodes if isinstance(child, ast.comprehension) for part in ast.walk(child.target)]
    )
    read = {child.id for child in nodes if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)}
    grown = {
        child.target.id for child in nodes if isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name)
    }
    return (read - bound) | grown


def _all(statements: Sequence[ast.stmt]) -> list[ast.AST]:
    return [node for statement in statements for node in ast.walk(statement)]


def _stored(nodes: Sequence[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _defined(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names that definitions, imports and handlers bind."""
    found = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    found |= {(alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names}
    return found | {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}


def _place(function: ast.FunctionDef, name: str) -> tuple[int, int]:
    """Return the line and column where a name first occurs, so that parameters keep their order."""
    places = [
        (node.lineno, node.col_offset) for node in ast.walk(function) if isinstance(node, ast.arg) and node.arg == name
    ]
    places += [
        (node.lineno, node.col_offset) for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name
    ]
    return min(places, default=(0, 0))


def _breaks_out(statements: Sequence[ast.stmt]) -> bool:
    """Tell whether a `break` or `continue` of the run belongs to a loop around it."""
    for statement in statements:
        if isinstance(statement, ast.Break | ast.Continue):
            return True
        for field in ("body", "orelse", "finalbody", "handlers"):
            if isinstance(statement, _LOOPS) and field == "body":
                continue
            for inner in getattr(statement, field, []):
                if _breaks_out(inner.body if isinstance(inner, ast.ExceptHandler) else [inner]):
                    return True
    return False
