"""What a name is bound to where it stands in a file: an import, a definition, a value, or nothing the file shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Binding", "Use", "uses"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)

Binding = ast.ImportFrom | ast.Import | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Name | ast.arg
"""What gives a name its meaning in a scope."""


@dataclass(frozen=True, slots=True)
class Use:
    """Describes a place where a name stands in code; `column` counts UTF-8 bytes, as `ast` does.

    `receiver` are the names before the dot of an attribute, `("nx", "utils")` in `nx.utils.pairwise`, or empty where
    there is more than names. `binding` is that of the name, or of the receiver's first; None where the file has none.
    """

    line: int
    column: int
    node: ast.Name | ast.Attribute | ast.alias
    binding: Binding | None
    receiver: tuple[str, ...] = ()


def uses(tree: ast.Module, name: str) -> Iterator[Use]:
    """Yield every name, attribute and imported name of a tree that is called `name`; definitions are no uses."""
    yield from _walk(tree, name, [tree])


def _walk(node: ast.AST, name: str, scopes: list[ast.AST]) -> Iterator[Use]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom):
            for alias in child.names:
                if alias.name == name:
                    yield Use(alias.lineno, alias.end_col_offset or alias.col_offset, alias, child)
        elif isinstance(child, ast.Name) and child.id == name:
            yield Use(child.lineno, child.col_offset, child, _bound(name, scopes))
        elif isinstance(child, ast.Attribute) and child.attr == name:
            before = _names(child.value)
            found = _bound(before[0], scopes) if before else None
            column = (child.end_col_offset or 1) - len(name.encode())
            yield Use(child.end_lineno or child.lineno, column, child, found, before)
        inner = [*scopes, child] if isinstance(child, _SCOPES) else scopes
        yield from _walk(child, name, inner)


def _names(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=before, attr=name) if found := _names(before):
            return (*found, name)
    return ()


def _bound(name: str, scopes: list[ast.AST]) -> Binding | None:
    """Return the innermost binding; the body of a class is not seen from the functions in it."""
    for at, scope in reversed(list(enumerate(scopes))):
        if isinstance(scope, ast.ClassDef) and at < len(scopes) - 1:
            continue
        found = _bindings(scope).get(name)
        if found is not None:
            return found
    return None


_KNOWN: dict[int, tuple[ast.AST, dict[str, Binding]]] = {}


def _bindings(scope: ast.AST) -> dict[str, Binding]:
    """Return the names that a scope binds itself; an import or definition counts more than a value."""
    known = _KNOWN.get(id(scope))
    if known and known[0] is scope:
        return known[1]
    if len(_KNOWN) > 20_000:
        _KNOWN.clear()
    found: dict[str, Binding] = {}
    outer: set[str] = set()
    if isinstance(scope, (*_FUNCTIONS, ast.Lambda)):
        given = scope.args
        every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        found.update({argument.arg: argument for argument in every if argument})
    for node in _own(scope):
        match node:
            case ast.Import():
                found.update({alias.asname or alias.name.split(".")[0]: node for alias in node.names})
            case ast.ImportFrom():
                found.update({alias.asname or alias.name: node for alias in node.names})
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found[node.name] = node
            case ast.Name(ctx=ast.Store() | ast.Del()):
                found.setdefault(node.id, node)
            case ast.Global() | ast.Nonlocal():
                outer.update(node.names)
    _KNOWN[id(scope)] = scope, {name: node for name, node in found.items() if name not in outer}
    return _KNOWN[id(scope)][1]


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of the scopes in it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _own(child)
