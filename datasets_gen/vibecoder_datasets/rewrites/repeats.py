"""Rewrites of expressions that a block works out again and again: they get a name."""

from __future__ import annotations

import ast
import builtins

import libcst as cst

from vibecoder.workspace.metrics.python import repeated
from vibecoder.workspace.metrics.trees import bound_names, defined_names
from vibecoder_datasets.rewrites.site import MAX_WIDTH, Change, Site, code

__all__ = ["named_expression"]

_PURE = ("len", "abs", "int", "min", "max", "sum", "str", "float", "sorted", "range", "round", "isinstance")
_SIMPLE = (ast.BinOp, ast.Name, ast.Constant, ast.operator, ast.Load, ast.UnaryOp, ast.unaryop, ast.Attribute)
_NOUNS = {ast.Add: "total", ast.Sub: "difference", ast.Mult: "product", ast.Div: "ratio", ast.FloorDiv: "quotient",
          ast.Mod: "remainder", ast.Pow: "power"}  # fmt: skip


class _Replace(cst.CSTTransformer):
    """Puts a name in the place of each expression that reads like `source`, but for the one it is set from."""

    def __init__(self, source: str, name: str) -> None:
        super().__init__()
        self.source, self.name = source, name

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        left = super().on_leave(original_node, updated_node)
        if not isinstance(left, cst.BinaryOperation | cst.Call | cst.Attribute):
            return left  # type: ignore[return-value]
        bare = code(left.with_changes(lpar=[], rpar=[]))
        same = "#" not in bare and _same(bare, self.source)
        return cst.Name(self.name) if same else left


def named_expression(site: Site) -> Change | None:
    """Name the largest pure expression that is computed at least three times, or twice if it is long."""
    if not isinstance(site.node, ast.FunctionDef):
        return None
    counts = repeated(site.node)
    for source in sorted(counts, key=lambda text: (-counts[text] * len(text), text)):
        if len(source) < 5 or (counts[source] < 3 and len(source) < 12):
            continue
        expression = ast.parse(source, mode="eval").body
        name = _name_of(expression)
        if name is None or name in _taken(site):
            continue
        block = _block(site.node, source)
        if block is None or not _is_steady(site.node, block, expression):
            continue
        change = _named(site, block, source, name, counts[source])
        if change is not None:
            return change
    return None


def _named(site: Site, block: list[ast.stmt], source: str, name: str, count: int) -> Change | None:
    first = next(at for at, statement in enumerate(block) if _count(statement, source))
    if not _is_certain(block[first], source) or block[first].lineno == site.node.lineno:
        return None
    lines, start = site.lines, block[first].lineno - site.node.lineno
    indent = lines[start][: block[first].col_offset]
    last = (block[-1].end_lineno or 0) - site.node.lineno + 1
    shell = (
        "".join(f"{'    ' * depth}if True:\n" for depth in range(len(indent) // 4)) if len(indent) % 4 == 0 else None
    )
    if shell is None or lines[start].strip().startswith(("elif", "else")):
        return None
    try:
        part = cst.parse_module(shell + "\n".join(lines[start:last]) + "\n")
    except cst.ParserSyntaxError:
        return None
    made = part.visit(_Replace(source, name)).code.removeprefix(shell)
    text = "\n".join([*lines[:start], f"{indent}{name} = {source}", *made.rstrip("\n").splitlines(), *lines[last:]])
    if max(map(len, text.splitlines())) > max(MAX_WIDTH, *map(len, lines)):
        return None
    return Change(
        site.replaced(text), f"`{source}` is worked out again and again", f"`{name}` holds it, worked out once"
    )


def _same(one: str, other: str) -> bool:
    try:
        return ast.unparse(ast.parse(f"({one})", mode="eval").body) == other
    except SyntaxError:
        return False


def _taken(site: Site) -> frozenset[str]:
    arguments = {node.arg for node in ast.walk(site.node) if isinstance(node, ast.arg)}
    return bound_names(site.tree) | defined_names(site.tree) | arguments | set(dir(builtins))


def _name_of(node: ast.expr) -> str | None:
    """Name an expression locally; None without a telling name, or where computing it twice could differ."""
    if not all(isinstance(child, _SIMPLE) or _is_pure_call(child) for child in ast.walk(node)):
        return None
    match node:
        case ast.BinOp(op=op):
            return _NOUNS.get(type(op))
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name) | ast.Attribute(attr=name)]) if len(name) > 1:
            return f"{name.strip('_').lower()}_count"
        case ast.Call(func=ast.Name(id="len")):
            return "count"
        case ast.Call(func=ast.Name(id="abs"), args=[ast.Name(id=name)]) if len(name) > 1:
            return f"{name}_size"
        case ast.Attribute(attr=name, value=ast.Attribute()) if len(name) > 2 and name.islower():
            return name.strip("_")
    return None


def _is_pure_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _PURE and not node.keywords
    )


def _count(node: ast.AST, source: str) -> int:
    return sum(
        isinstance(child, ast.BinOp | ast.Call | ast.Attribute) and ast.unparse(child) == source
        for child in ast.walk(node)
    )


def _block(node: ast.AST, source: str) -> list[ast.stmt] | None:
    """Return the innermost list of statements that has all occurrences of an expression."""
    wanted = _count(node, source)
    for child in ast.iter_child_nodes(node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(child, field, None)
            if isinstance(block, list) and sum(_count(statement, source) for statement in block) == wanted:
                return _block(child, source)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and sum(_count(statement, source) for statement in block) == wanted:
            return block
    return None


def _is_steady(function: ast.FunctionDef, block: list[ast.stmt], expression: ast.expr) -> bool:
    """Tell whether nothing in the block changes the names of the expression or the values they hold."""
    used = {child.id for child in ast.walk(expression) if isinstance(child, ast.Name)} - set(_PURE)
    deep = any(isinstance(child, ast.Call | ast.Attribute) for child in ast.walk(expression))
    for node in (child for statement in block for child in ast.walk(statement)):
        if isinstance(node, ast.Name) and node.id in used and not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.comprehension | ast.Yield | ast.Global | ast.Nonlocal):
            return False
        if not deep:
            continue
        root = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        written = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
        if (written or isinstance(node, ast.Call)) and isinstance(root, ast.Name) and root.id in used:
            return False
        if isinstance(node, ast.Call) and not _is_pure_call(node):
            touched = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            if any(isinstance(part, ast.Name) and part.id in used for part in [*touched, *node.args]):
                return False
    return True


def _is_certain(statement: ast.stmt, source: str) -> bool:
    """Tell whether a statement always computes the expression: not only in a branch, a loop or behind `and`."""
    parts: list[ast.AST]
    match statement:
        case ast.If(test=test) | ast.While(test=test):
            parts = [test]
        case ast.For(iter=iterated):
            parts = [iterated]
        case ast.Assign() | ast.AugAssign() | ast.Return() | ast.Expr() | ast.AnnAssign():
            parts = [statement]
        case _:
            return False
    while parts:
        part = parts.pop()
        if isinstance(part, ast.BinOp | ast.Call | ast.Attribute) and ast.unparse(part) == source:
            return True
        if isinstance(part, ast.BoolOp):
            parts.append(part.values[0])
        elif isinstance(part, ast.IfExp):
            parts.append(part.test)
        elif not isinstance(part, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            parts += ast.iter_child_nodes(part)
    return False
