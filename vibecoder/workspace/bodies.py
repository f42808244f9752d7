"""Tells whether two texts of a file differ in nothing but the bodies of functions."""

from __future__ import annotations

import ast

__all__ = ["changed_bodies"]


def changed_bodies(before: str, after: str) -> list[str] | None:
    """Return the qualified names of the outermost functions whose bodies differ; None where anything else does.

    Docstrings count as something else: they are set when a function is defined. So do comments as nothing.
    """
    try:
        old, new = ast.parse(before), ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    bodies, others = _taken_out(old), _taken_out(new)
    if ast.dump(old) != ast.dump(new) or len(bodies) != len(others):
        return None
    return [name for (name, body), (_, other) in zip(bodies, others, strict=True) if body != other]


def _taken_out(tree: ast.AST, inside: str = "") -> list[tuple[str, str]]:
    """Return the outermost functions with their bodies, docstrings aside, which are taken out of the tree."""
    found: list[tuple[str, str]] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            at = 1 if ast.get_docstring(node, clean=False) is not None else 0
            found.append((inside + node.name, "\n".join(map(ast.dump, node.body[at:]))))
            node.body = node.body[:at]
        else:
            found += _taken_out(node, f"{inside}{node.name}." if isinstance(node, ast.ClassDef) else inside)
    return found
