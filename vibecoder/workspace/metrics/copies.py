"""Finds runs of statements that two functions of a file have in common."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder.workspace.metrics.trees import once_a_tree

__all__ = ["Run", "copied_lines", "runs"]

LEAST_LINES = 3
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Run:
    """Holds the statements `first` (included) to `last` (excluded) of the body of a function."""

    function: ast.FunctionDef | ast.AsyncFunctionDef
    first: int
    last: int

    @property
    def statements(self) -> list[ast.stmt]:
        return self.function.body[self.first : self.last]

    @property
    def lines(self) -> int:
        found = self.statements
        return (found[-1].end_lineno or found[-1].lineno) - found[0].lineno + 1


@once_a_tree
def runs(tree: ast.Module) -> list[tuple[Run, Run]]:
    """Pairs of equal runs of at least `LEAST_LINES` lines in the bodies of two functions, longest first."""
    places: dict[str, list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]] = defaultdict(list)
    dumps: dict[ast.AST, list[str]] = {}
    for function in _functions(tree):
        dumps[function] = [_dump(statement) for statement in function.body]
        for at, dump in enumerate(dumps[function]):
            places[dump].append((function, at))
    found = {}
    for same in places.values():
        for index, (one, at) in enumerate(same):
            for other, start in same[index + 1 :]:
                if one is other or (at and start and dumps[one][at - 1] == dumps[other][start - 1]):
                    continue
                size = 1
                while dumps[one][at + size : at + size + 1] == dumps[other][start + size : start + size + 1] != []:
                    size += 1
                pair = Run(one, at, at + size), Run(other, start, start + size)
                if min(run.lines for run in pair) >= LEAST_LINES:
                    found[id(one), at, id(other), start] = pair
    return sorted(found.values(), key=lambda pair: (-pair[0].lines, pair[0].function.lineno, pair[1].function.lineno))


def copied_lines(tree: ast.Module, node: ast.AST) -> int:
    """Return how many lines of a function stand in another function of its file too."""
    lines: set[int] = set()
    for pair in runs(tree):
        for run in pair:
            if run.function is node:
                for statement in run.statements:
                    lines.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return len(lines)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, _FUNCTIONS):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (child for child in node.body if isinstance(child, _FUNCTIONS))


def _dump(statement: ast.stmt) -> str:
    """Return the statement without its positions; a docstring is equal to none."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return f"constant {id(statement)}"
    return ast.dump(statement)
