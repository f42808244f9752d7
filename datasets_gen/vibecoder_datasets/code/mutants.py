"""One-place bugs in real functions: a swapped comparison, a wrong sign, a number off by one; a test proves them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.code.index import Function

__all__ = ["Mutant", "mutants"]

MAX_WIDTH = 78
_IN, _OUT = "it lets the limit itself in", "it leaves the limit itself out"
_WRONG_WAY = "the comparison is the wrong way round"
_COMPARE: dict[type[ast.cmpop], tuple[str, str, str]] = {
    ast.Lt: ("<", "<=", _IN),
    ast.LtE: ("<=", "<", _OUT),
    ast.Gt: (">", ">=", _IN),
    ast.GtE: (">=", ">", _OUT),
    ast.Eq: ("==", "!=", _WRONG_WAY),
    ast.NotEq: ("!=", "==", _WRONG_WAY),
    ast.Is: (" is ", " is not ", _WRONG_WAY),
    ast.IsNot: (" is not ", " is ", _WRONG_WAY),
    ast.In: (" in ", " not in ", "it asks for absence where presence is meant"),
    ast.NotIn: (" not in ", " in ", "it asks for presence where absence is meant"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str, str]] = {
    ast.Add: ("+", "-", "it subtracts where it must add"),
    ast.Sub: ("-", "+", "it adds where it must subtract"),
    ast.Mult: ("*", "+", "it adds where it must multiply"),
    ast.FloorDiv: ("//", "*", "it multiplies where it must divide"),
    ast.Div: ("/", "*", "it multiplies where it must divide"),
    ast.Mod: ("%", "//", "it divides where the remainder is needed"),
    ast.BitAnd: ("&", "|", "it joins where only what both have is wanted"),
    ast.BitOr: ("|", "&", "it keeps only what both have where all is wanted"),
}
_NAMES = {
    "max": ("min", "it takes the smallest where the largest is needed"),
    "min": ("max", "it takes the largest where the smallest is needed"),
    "any": ("all", "all must hold where one is enough"),
    "all": ("any", "one is taken for enough where all must hold"),
    "append": ("extend", "it takes the item apart in place of adding it"),
    "extend": ("append", "it adds the whole as one item"),
    "add": ("discard", "it removes what it must add"),
    "popleft": ("pop", "it takes from the wrong end"),
    "startswith": ("endswith", "it looks at the wrong end"),
    "endswith": ("startswith", "it looks at the wrong end"),
    "lower": ("upper", "it changes the case the wrong way"),
    "upper": ("lower", "it changes the case the wrong way"),
    "union": ("intersection", "it keeps only what both have where all is wanted"),
    "intersection": ("union", "it joins where only what both have is wanted"),
    "successors": ("predecessors", "it walks the edges backwards"),
    "predecessors": ("successors", "it walks the edges the wrong way"),
    "in_degree": ("out_degree", "it counts the edges of the wrong direction"),
    "out_degree": ("in_degree", "it counts the edges of the wrong direction"),
    "items": ("keys", "the values are lost"),
    "values": ("keys", "it reads the keys where the values are meant"),
}
_ALL, _ONE = "one condition is taken for enough where all must hold", "all conditions must hold where one is enough"


@dataclass(frozen=True, slots=True)
class Mutant:
    """Describes a bug in `function`: the line `bad` (without its indentation) stands where `good` belongs.

    `text` is the file.
    """

    function: Function
    good: str
    bad: str
    why: str
    text: str
    line: int = 0


def mutants(workspace: Workspace, function: Function) -> list[Mutant]:
    """Return all bugs of one line whose line, good or bad, occurs only once in its file; none for classes."""
    text = workspace.text(function.path)
    lines = text.splitlines()
    nodes = (
        found
        for found in ast.walk(workspace.tree(function.path))
        if isinstance(found, ast.FunctionDef) and found.lineno == function.line
    )
    node = next(nodes, None)
    found = []
    for number, start, end, new, why in _sites(node, lines) if node is not None else ():
        line = lines[number - 1]
        changed = line[:start] + new + line[end:]
        good, bad = line.strip(), changed.strip()
        if len(bad) > MAX_WIDTH or len(good) > MAX_WIDTH or "`" in line or not line.isascii():
            continue
        broken = "\n".join([*lines[: number - 1], changed, *lines[number:]]) + "\n"
        if text.count(good) == 1 and broken.count(bad) == 1 and good not in broken and _parses(broken):
            found.append(Mutant(function, good, bad, why, broken, number))
    return found


Site = tuple[int, int, int, str, str]  # line, first and last column, the text put there, and what is wrong with it


def _sites(node: ast.FunctionDef, lines: list[str]) -> Iterator[Site]:
    for child in _inside(node):
        match child:
            case ast.Compare(ops=[operator], left=left, comparators=[right]) if type(operator) in _COMPARE:
                yield from _between(lines, left, right, *_COMPARE[type(operator)])
            case ast.BinOp(op=sign, left=left, right=right) if type(sign) in _ARITHMETIC:
                yield from _between(lines, left, right, *_ARITHMETIC[type(sign)])
            case ast.AugAssign(op=sign, target=left, value=right) if type(sign) in _ARITHMETIC:
                yield from _between(lines, left, right, *_ARITHMETIC[type(sign)])
            case ast.BoolOp(op=ast.And(), values=[left, right]):
                yield from _between(lines, left, right, " and ", " or ", _ALL)
            case ast.BoolOp(op=ast.Or(), values=[left, right]):
                yield from _between(lines, left, right, " or ", " and ", _ONE)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if operand.lineno == child.lineno:
                yield child.lineno, child.col_offset, operand.col_offset, "", "the condition has lost its negation"
            case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() as test):
                yield test.lineno, test.col_offset, test.col_offset, "not ", "the condition has a negation too many"
            case ast.Call(func=ast.Name(id=name) as called) if name in _NAMES:
                yield called.lineno, called.col_offset, called.col_offset + len(name), *_NAMES[name]
            case ast.Call(func=ast.Attribute(attr=name, end_lineno=int(line), end_col_offset=int(end))) if (
                name in _NAMES
            ):
                yield line, end - len(name), end, *_NAMES[name]
            case ast.Call(args=[ast.Name() as one, ast.Name() as two]) if one.lineno == two.lineno and one.id != two.id:
                swapped = f"{two.id}, {one.id}"
                yield one.lineno, one.col_offset, two.col_offset + len(two.id), swapped, "the arguments are swapped"
            case ast.Constant(value=bool() as value):
                end = child.col_offset + len(str(value))
                yield child.lineno, child.col_offset, end, str(not value), "the flag is the wrong way round"
            case ast.Constant(value=int() as value) if child.end_col_offset == child.col_offset + len(str(value)):
                end = child.col_offset + len(str(value))
                yield child.lineno, child.col_offset, end, str(value + 1), "the number is off by one"
            case ast.Break():
                yield child.lineno, child.col_offset, child.col_offset + 5, "continue", "it goes on where it must stop"
            case ast.Continue():
                yield child.lineno, child.col_offset, child.col_offset + 8, "break", "it stops where it must go on"


def _between(lines: list[str], left: ast.expr, right: ast.expr, old: str, new: str, why: str) -> Iterator[Site]:
    """Yield the place of the operator between two expressions on one line."""
    if left.end_lineno == right.lineno and left.end_col_offset is not None:
        gap = lines[right.lineno - 1][left.end_col_offset : right.col_offset]
        at = gap.find(old)
        if at >= 0:
            start = left.end_col_offset + at
            yield right.lineno, start, start + len(old), new, why


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a body, but not inside f-strings, whose positions differ between versions of Python."""
    children = node.body if isinstance(node, ast.FunctionDef) else ast.iter_child_nodes(node)
    for child in children:
        if not isinstance(child, ast.JoinedStr | ast.arguments | ast.FunctionDef):
            yield child
            yield from _inside(child)


def _parses(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError):
        return False
    return True
