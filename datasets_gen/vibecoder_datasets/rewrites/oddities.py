"""Rewrites of expressions that Python says better, and of numbers that have no name."""

from __future__ import annotations

import ast
import re
from collections import Counter

import libcst as cst

from vibecoder.workspace.metrics.idioms import better, odd
from vibecoder.workspace.metrics.python import magic_numbers, texts
from vibecoder.workspace.metrics.trees import bound_names
from vibecoder_datasets.rewrites.site import MAX_WIDTH, Change, Site, code

__all__ = ["expression", "joined_tests", "named_number", "named_text"]

_PLAIN_LINE = re.compile(r"[^\"'#]*")


class _Better(cst.CSTTransformer):
    """Puts the better source in the place of the first odd expression; inner ones come first."""

    def __init__(self, kinds: tuple[type[cst.CSTNode], ...]) -> None:
        super().__init__()
        self.kinds = kinds
        self.old, self.new, self.why = "", "", ""

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        left = super().on_leave(original_node, updated_node)
        if self.why or not isinstance(left, self.kinds) or "#" in code(left):
            return left  # type: ignore[return-value]
        found = better(ast.parse(f"({code(left)})", mode="eval").body)
        if found is None:
            return left
        self.old, (self.new, self.why) = " ".join(code(left.with_changes(lpar=[], rpar=[])).split()), found
        brackets = {"lpar": getattr(left, "lpar", ()), "rpar": getattr(left, "rpar", ())}
        return cst.parse_expression(self.new).with_changes(**brackets)


def expression(site: Site) -> Change | None:
    """Simplify the first expression of a function that Python can say better."""
    return _said_better(site, (cst.Comparison, cst.UnaryOperation, cst.Call))


def joined_tests(site: Site) -> Change | None:
    """Join the first tests of one value that can be one: several types, several equal values, a chain."""
    return _said_better(site, (cst.BooleanOperation,))


def _said_better(site: Site, kinds: tuple[type[cst.CSTNode], ...]) -> Change | None:
    if not any(True for _ in odd(site.node)):
        return None
    transformer = _Better(kinds)
    source = site.unshelled(site.parsed().visit(transformer))
    if not transformer.why or max(map(len, source.splitlines())) > max(MAX_WIDTH, *map(len, site.lines)):
        return None
    what = f"`{transformer.old}` is said in a roundabout way: {transformer.why}"
    return Change(site.replaced(source), what, f"it reads `{transformer.new}` now")


def named_number(site: Site) -> Change | None:
    """Turn the first number that its place in the code names into a constant above the function."""
    taken = bound_names(site.tree)
    if site.node.col_offset:
        return None
    for constant in magic_numbers(site.node):
        line = site.text.splitlines()[constant.lineno - 1]
        name = _name_for(site, constant)
        literal = line[constant.col_offset : constant.end_col_offset]
        alone = re.findall(rf"(?<![\w.]){re.escape(literal)}(?![\w.])", site.source)
        if name is None or name in taken or not _PLAIN_LINE.fullmatch(line) or constant.lineno != constant.end_lineno:
            continue
        if not line.isascii() or len(alone) != 1:
            continue
        at = constant.lineno - site.node.lineno
        lines = site.lines
        lines[at] = line[: constant.col_offset] + name + line[constant.end_col_offset :]
        hunks = site.replaced("\n".join(lines), above=f"{name} = {literal}")
        return Change(hunks, f"the number {literal} in `{line.strip()}` has no name", f"it is called `{name}` now")
    return None


def named_text(site: Site) -> Change | None:
    """Turn the text that a function writes most often into a constant above it."""
    found = list(texts(site.node))
    counts = Counter(str(text.value) for text in found)
    taken = bound_names(site.tree)
    for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        name = re.sub(r"\W+", "_", value).strip("_").upper()
        if count < 2 or not re.fullmatch(r"[A-Za-z][\w -]{4,28}\w", value) or name in taken or site.node.col_offset:
            continue
        lines = site.lines
        places = [text for text in found if text.value == value]
        for text in sorted(places, key=lambda text: (text.lineno, text.col_offset), reverse=True):
            at = text.lineno - site.node.lineno
            literal = lines[at][text.col_offset : text.end_col_offset]
            if text.lineno != text.end_lineno or literal.strip("'\"") != value or not lines[at].isascii():
                break
            lines[at] = lines[at][: text.col_offset] + name + lines[at][text.end_col_offset :]
        else:
            hunks = site.replaced("\n".join(lines), above=f'{name} = "{value}"')
            return Change(hunks, f"the text `{value}` is written again and again", f"`{name}` holds it, written once")
    return None


def _name_for(site: Site, constant: ast.Constant) -> str | None:
    """Name a number after what it is compared with, given to, or assigned to."""
    prefix = site.name.strip("_").upper()
    for node in ast.walk(site.node):
        match node:
            case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()], comparators=[right]):
                other = left if right is constant else right if left is constant else None
                if other is not None and (word := _word(other)):
                    upper = isinstance(node.ops[0], ast.Lt | ast.LtE) == (right is constant)
                    return f"{prefix}_{'MAX' if upper else 'MIN'}_{word}"
            case ast.keyword(arg=str(arg), value=value) if value is constant and len(arg) > 1:
                return f"{prefix}_{arg.upper()}"
            case ast.Assign(targets=[ast.Name(id=word)], value=value) if value is constant and len(word) > 2:
                return f"{prefix}_{word.upper()}"
            case ast.BinOp(left=left, op=ast.Mod(), right=right) if right is constant and not _is_text(left):
                return f"{prefix}_MODULUS"
            case ast.Call(func=ast.Name(id="range"), args=[value]) if value is constant:
                return f"{prefix}_ROUNDS"
            case ast.BinOp(left=left, op=ast.Mult(), right=right) if constant in (left, right):
                word = _word(right if left is constant else left)
                return f"{prefix}_{word}_FACTOR" if word else None
            case ast.BinOp(op=ast.Pow(), right=right) if right is constant:
                return f"{prefix}_EXPONENT"
    return None


def _word(node: ast.expr) -> str | None:
    """Return the word for a value: of `len(path)` it is PATH_LENGTH; None for what has no telling name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if len(name) > 1:
            return name.strip("_").upper()
        case ast.Name(id=_):
            return "VALUE"
        case ast.Call(func=ast.Name(id="len"), args=[inner]):
            word = _word(inner)
            return f"{word}_LENGTH" if word and word != "VALUE" else "LENGTH"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if len(name) > 1:
            return name.strip("_").upper()
    return None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
