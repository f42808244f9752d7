"""Longer ways to write a line of real code: what a first version looks like before it is made simpler."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from vibecoder.workspace.files import Workspace
from vibecoder_datasets.code.index import Function

__all__ = ["Inflation", "inflations"]

MAX_LINES = 12


@dataclass(frozen=True, slots=True)
class Inflation:
    """Pairs `plain`, the text of one or more whole lines, with `long`, which does the same in more lines.

    Both end without a

    Both end without a newline. `insight` says in one sentence why the short form does."""

    plain: str
    long: str
    insight: str

    @property
    def saved(self) -> int:
        """Return how many lines fewer the short form has."""
        return self.long.count("\n") - self.plain.count("\n")


def inflations(workspace: Workspace, function: Function) -> list[Inflation]:
    """Find every statement of a function that can be written longer and occurs once in its file."""
    text = workspace.text(function.path)
    lines = text.splitlines()
    found = []
    for node in ast.walk(workspace.tree(function.path)):
        inside = isinstance(node, ast.Return | ast.Assign) and function.line <= node.lineno <= function.end
        if not inside or not isinstance(node, ast.Return | ast.Assign) or node.lineno != node.end_lineno:
            continue
        line = lines[node.lineno - 1]
        segment = line.encode()[node.col_offset : node.end_col_offset].decode()
        if line.strip() != segment or text.count(line.strip()) != 1:
            continue
        made = _longer(node)
        if made is None:
            continue
        indent = line[: len(line) - len(line.lstrip())]
        long = "\n".join(indent + part for part in made[0])
        if "`" not in long and len(made[0]) <= MAX_LINES:
            found.append(Inflation(line, long, made[1]))
    return found


def _longer(node: ast.Return | ast.Assign) -> tuple[list[str], str] | None:
    value = node.value
    match node, value:
        case ast.Return(), ast.BoolOp(op=ast.And(), values=values):
            lines = [part for test in values[:-1] for part in (f"if not ({_u(test)}):", "    return False")]
            lines += [f"if {_u(values[-1])}:", "    return True", "return False"]
            return (lines, "all of these are one condition joined by `and`") if _booleans(values) else None
        case ast.Return(), ast.BoolOp(op=ast.Or(), values=values):
            lines = [part for test in values for part in (f"if {_u(test)}:", "    return True")]
            return ([*lines, "return False"], "they are one condition joined by `or`") if _booleans(values) else None
        case ast.Return(), ast.Compare():
            return [f"if {_u(value)}:", "    return True", "return False"], "the comparison is the answer already"
        case ast.Return(), ast.IfExp(test=test, body=one, orelse=other):
            lines = [f"if {_u(test)}:", f"    return {_u(one)}", "else:", f"    return {_u(other)}"]
            return lines, "both branches do the same with another value"
        case ast.Return(), ast.Call(func=ast.Name(id="any" | "all" as name), args=[ast.GeneratorExp() as made]):
            clause = made.generators[0]
            if len(made.generators) > 1 or clause.is_async:
                return None
            asked = _u(made.elt) if name == "any" else f"not ({_u(made.elt)})"
            for condition in clause.ifs:
                asked = f"({_u(condition)}) and ({asked})"
            lines = [f"for {_u(clause.target)} in {_u(clause.iter)}:", f"    if {asked}:"]
            lines += [f"        return {name == 'any'}", f"return {name != 'any'}"]
            return lines, f"a loop that looks for one case is what `{name}` does"
        case _, ast.ListComp() | ast.DictComp() | ast.SetComp():
            return _loop(node, value)
        case ast.Return(), ast.Call() | ast.Subscript():
            return [f"result = {_u(value)}", "return result"], "a name that is only returned says nothing new"
        case ast.Return(), ast.BinOp(left=left, right=right):
            lines = [f"first = {_u(left)}", f"second = {_u(right)}", f"return {_joined(value)}"]
            return lines, "the names stand for what can be written in place"
    return None


def _loop(node: ast.Return | ast.Assign, value: ast.expr) -> tuple[list[str], str] | None:
    """Return the loop behind a comprehension of one clause."""
    assert isinstance(value, ast.ListComp | ast.DictComp | ast.SetComp)
    clause = value.generators[0]
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if len(value.generators) > 1 or clause.is_async or (target is not None and not isinstance(target, ast.Name)):
        return None
    name = target.id if isinstance(target, ast.Name) else "result"
    if name in {found.id for found in ast.walk(value) if isinstance(found, ast.Name)}:
        return None
    match value:
        case ast.DictComp():
            start, step = f"{name} = {{}}", f"{name}[{_u(value.key)}] = {_u(value.value)}"
        case ast.SetComp():
            start, step = f"{name} = set()", f"{name}.add({_u(value.elt)})"
        case ast.ListComp():
            start, step = f"{name} = []", f"{name}.append({_u(value.elt)})"
    lines = [start, f"for {_u(clause.target)} in {_u(clause.iter)}:"]
    depth = "    "
    for condition in clause.ifs:
        lines.append(f"{depth}if {_u(condition)}:")
        depth += "    "
    lines.append(depth + step)
    if target is None:
        lines.append(f"return {name}")
    return lines, "a loop that only collects is a comprehension"


def _booleans(values: list[ast.expr]) -> bool:
    """Tell whether each is True or False for sure, so that `and` and `or` give no other value."""
    return all(
        isinstance(value, ast.Compare) or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not))
        for value in values
    )


def _joined(value: ast.BinOp) -> str:
    """Return the operation on `first` and `second`."""
    return ast.unparse(ast.BinOp(ast.Name("first"), value.op, ast.Name("second")))


def _u(node: ast.AST) -> str:
    return ast.unparse(node)
