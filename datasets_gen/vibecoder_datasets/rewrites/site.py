"""Holds a function in a file, as text, as Python's tree and as libcst's, and puts a changed one into the file."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from vibecoder.workspace.metrics.python import Definition
from vibecoder_datasets.code.hunks import Hunk

__all__ = ["MAX_WIDTH", "Change", "Rewrite", "Site", "applied", "code", "has_comment", "names"]

MAX_WIDTH = 100
_EMPTY = cst.Module([])
_SHELL = "class _:\n"


@dataclass(frozen=True, slots=True)
class Change:
    """Holds what changes in a file, what was wrong (`what`) and what is better now (`done`), as parts of sentences."""

    hunks: tuple[Hunk, ...]
    what: str
    done: str


@dataclass(frozen=True, slots=True)
class Site:
    """Describes one function: `node` is its syntax tree, `tree` and `text` are those of the file."""

    path: str
    name: str
    text: str
    tree: ast.Module
    node: Definition

    @property
    def lines(self) -> list[str]:
        """The lines of the function without its decorators."""
        return self.text.splitlines()[self.node.lineno - 1 : self.node.end_lineno]

    @property
    def source(self) -> str:
        return "\n".join(self.lines) + "\n"

    def parsed(self) -> cst.Module:
        """Parse the function alone into libcst's tree; a method gets a shell that `unshelled` takes off."""
        return _parsed((_SHELL if self.node.col_offset else "") + self.source)

    def unshelled(self, module: cst.Module) -> str:
        return module.code.removeprefix(_SHELL) if self.node.col_offset else module.code

    def replaced(self, source: str, above: str = "") -> tuple[Hunk, ...]:
        """Return the hunks that give the function another text; `above` goes before its decorators and comments."""
        old, new, start = self.lines, source.rstrip("\n").splitlines(), self.node.lineno - 1
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        found = [
            Hunk(start + a, start + b, tuple(new[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
        ]
        if not above:
            return tuple(found)
        lines = self.text.splitlines()
        first = min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)]) - 1
        while first and lines[first - 1].startswith("#"):
            first -= 1
        return Hunk(first, first, (*above.rstrip("\n").splitlines(), "", "")), *found


Rewrite = Callable[[Site], Change | None]


@lru_cache(maxsize=16)
def _parsed(source: str) -> cst.Module:
    return cst.parse_module(source)


def applied(text: str, hunks: Sequence[Hunk]) -> str:
    """Apply hunks to a file's text, the last ones first."""
    lines = text.splitlines()
    for hunk in sorted(hunks, key=lambda hunk: (hunk.first, hunk.last), reverse=True):
        lines[hunk.first : hunk.last] = hunk.lines
    return "\n".join(lines) + "\n"


def code(node: cst.CSTNode) -> str:
    """Return the source of a node on its own."""
    return _EMPTY.code_for_node(node)


def names(node: cst.CSTNode) -> set[str]:
    """Return every name that occurs in a node."""
    return {found.id for found in ast.walk(ast.parse(_dedented(code(node)))) if isinstance(found, ast.Name)}


def has_comment(node: cst.CSTNode) -> bool:
    return "#" in code(node)


def _dedented(source: str) -> str:
    """Put an expression over several lines in parentheses, so that it can be parsed."""
    return source if "\n" not in source.strip() or source.endswith("\n") else f"({source})"
