"""What is asked of a file's syntax tree again and again, worked out once for each tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

__all__ = ["bound_names", "defined_names", "mentioned_names", "once_a_tree"]

T = TypeVar("T")
KEPT = 64


def once_a_tree(function: Callable[[ast.Module], T]) -> Callable[[ast.Module], T]:
    """Keep what a function gives for the last `KEPT` trees, told apart by identity: trees are never changed."""
    kept: dict[int, tuple[ast.Module, T]] = {}

    @wraps(function)
    def remembered(tree: ast.Module) -> T:
        if id(tree) not in kept:
            while len(kept) >= KEPT:
                del kept[next(iter(kept))]
            kept[id(tree)] = tree, function(tree)
        return kept[id(tree)][1]

    return remembered


def mentioned_names(node: ast.AST) -> set[str]:
    """Return every name and attribute in a piece of code."""
    found = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            found.add(child.id)
        elif isinstance(child, ast.Attribute):
            found.add(child.attr)
    return found


@once_a_tree
def bound_names(tree: ast.Module) -> frozenset[str]:
    """Return every name that is read or set anywhere in a file."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


@once_a_tree
def defined_names(tree: ast.Module) -> frozenset[str]:
    """Return the names of all functions and classes of a file, nested ones included."""
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))
