"""Spans of a file to fill in: syntax nodes, single lines and random stretches, none of which stands there twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from random import Random

from vibecoder_datasets.importers.git.paths import language
from vibecoder_datasets.importers.git.syntax import parser_of, python_tree

__all__ = ["KINDS", "spans"]

KINDS = ("node", "line", "random")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_SHORTEST, _LONGEST = 8, 800
_TRIES = 40
_BORING = re.compile(r"[\s\W\d_]*$")
_SITTER = ("typescript", "tsx", "javascript", "jsx", "rust", "go")


def spans(path: str, text: str, count: int, rng: Random) -> Iterator[tuple[str, int, int]]:
    """Yield up to `count` spans `(kind, start, end)` of characters in file order, of all kinds alike."""
    found: list[tuple[int, int, str]] = []
    for at, kind in enumerate(KINDS):
        wanted = (count + len(KINDS) - 1 - at) // len(KINDS)
        found += [(*span, kind) for span in _some(_CANDIDATES[kind](path, text, rng), text, wanted, found)]
    if len(found) < count:  # a kind had too few
        found += [
            (*span, "random") for span in _some(_random(path, text, rng), text, count - len(found), found)
        ]  # fmt: skip
    yield from ((kind, start, end) for start, end, kind in sorted(found))


def _some(
    candidates: Iterator[tuple[int, int]], text: str, wanted: int, taken: list[tuple[int, int, str]]
) -> list[tuple[int, int]]:
    """Return the first `wanted` candidates that teach something, are unique in the file and were not taken yet."""
    chosen: list[tuple[int, int]] = []
    known = {(start, end) for start, end, _ in taken}
    for _, (start, end) in zip(range(_TRIES), candidates, strict=False):
        if len(chosen) == wanted:
            break
        if (start, end) not in known and _is_good(text, start, end):
            known.add((start, end))
            chosen.append((start, end))
    return chosen


def _is_good(text: str, start: int, end: int) -> bool:
    middle = text[start:end]
    if len(middle.strip()) < _SHORTEST or len(middle) > _LONGEST or len(middle) == len(text) or _BORING.match(middle):
        return False
    if "\r\n" in (text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]):
        return False
    first = text.find(middle)
    return text.find(middle, first + 1) < 0


def _nodes(path: str, text: str, rng: Random) -> Iterator[tuple[int, int]]:
    """Syntax nodes in random order, whole statements and bodies before expressions."""
    name = language(path)
    found: list[tuple[int, int, int]] = []
    if name == "python":
        found = list(_python_nodes(text))
    elif name in _SITTER:
        found = list(_sitter_nodes(name, text))
    rng.shuffle(found)
    yield from ((start, end) for rank, start, end in sorted(found, key=lambda each: each[0]))


def _python_nodes(text: str) -> Iterator[tuple[int, int, int]]:
    bom = text.startswith("\ufeff")
    try:
        tree = python_tree(text[bom:])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = _LINE.findall(text[bom:])
    starts = [int(bom)]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def place(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode("utf-8", "replace"))

    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first, last = node.body[0], node.body[-1]
            yield 0, place(first.lineno, first.col_offset), place(last.end_lineno or 0, last.end_col_offset or 0)
        elif isinstance(node, (ast.stmt, ast.Call, ast.comprehension, ast.BoolOp, ast.Dict, ast.List)):
            if isinstance(node, ast.comprehension):
                continue
            rank = 0 if isinstance(node, ast.stmt) else 1
            yield rank, place(node.lineno, node.col_offset), place(node.end_lineno or 0, node.end_col_offset or 0)


def _sitter_nodes(name: str, text: str) -> Iterator[tuple[int, int, int]]:
    parser = parser_of(name)
    if parser is None:
        return
    content = text.encode()
    stack = [parser.parse(content).root_node]
    while stack:
        node = stack.pop()
        stack += node.named_children
        if node.parent is not None and node.end_byte - node.start_byte <= 4 * _LONGEST:
            start = len(content[: node.start_byte].decode())
            rank = 0 if node.type.endswith(("statement", "declaration", "block", "item")) else 1
            yield rank, start, start + len(content[node.start_byte : node.end_byte].decode())


def _lines(path: str, text: str, rng: Random) -> Iterator[tuple[int, int]]:
    """Yield lines without their indentation and their end, in random order."""
    found = [match for match in _LINE.finditer(text) if match[0].strip()]
    rng.shuffle(found)
    for match in found:
        line = match[0].removeprefix("\ufeff")
        start = match.end() - len(line.lstrip(" \t\f")) if line else match.start()
        yield start, match.start() + len(match[0].rstrip("\r\n"))


def _random(path: str, text: str, rng: Random) -> Iterator[tuple[int, int]]:
    """Stretches that begin and end anywhere."""
    while len(text) > 2 * _SHORTEST:
        length = rng.randrange(_SHORTEST, min(240, len(text)))
        start = rng.randrange(len(text) - length + 1)
        yield start, start + length


_CANDIDATES = {"node": _nodes, "line": _lines, "random": _random}
