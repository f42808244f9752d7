"""Rewrites of names and leftovers: one-letter locals, names that nothing reads, code in comments."""

from __future__ import annotations

import ast
import builtins
import keyword
import re

import libcst as cst

from vibecoder.workspace.metrics.python import dead_lines, short_names, unused_names
from vibecoder.workspace.metrics.trees import bound_names
from vibecoder_datasets.rewrites.site import MAX_WIDTH, Change, Site

__all__ = ["dead_code", "telling_name", "unused_name"]

# What a value that comes from a call is called: by the function or method, with its argument where that helps.
_CALLS = {
    "len": "count", "sum": "total", "max": "largest", "min": "smallest", "sorted": "ordered", "list": "items",
    "set": "unique", "dict": "mapping", "deque": "queue", "abs": "magnitude", "copy": "duplicate", "pop": "current",
    "popleft": "current", "int": "whole", "range": "positions", "str": "text", "Graph": "graph", "DiGraph": "digraph",
    "MultiGraph": "multigraph", "number_of_nodes": "node_count", "number_of_edges": "edge_count", "order": "node_count",
    "size": "edge_count", "degree": "degrees", "edges": "edge_view", "nodes": "node_view", "neighbors": "neighbours",
    "subgraph": "part", "array": "array", "zeros": "zeros", "ones": "ones", "eye": "identity", "iter": "iterator",
    "next": "following", "count": "occurrences", "index": "position", "group": "piece", "split": "pieces",
    "strip": "stripped", "join": "joined", "round": "rounded", "sqrt": "root", "log": "logarithm", "exp": "power",
    "cos": "cosine", "sin": "sine", "gcd": "divisor", "igcd": "divisor", "isqrt": "root", "factorint": "factors",
    "Symbol": "symbol", "Dummy": "dummy", "sympify": "expression", "as_int": "number", "fsum": "total", "mpf": "real",
    "matrix": "table", "det": "determinant", "defaultdict": "groups", "Counter": "counts", "enumerate": "numbered",
    "zip": "pairs", "empty_graph": "graph", "complete_graph": "graph", "Lambda": "function", "Mul": "product",
    "Add": "total_sum", "prod": "product", "floor": "lower", "ceil": "upper", "ceiling": "upper", "randint": "chosen",
    "choice": "chosen", "random": "chance", "shape": "shape", "convert": "number", "absmin": "lower_bound",
    "absmax": "upper_bound", "mag": "magnitude", "ldexp": "scaled", "bitcount": "bits", "diff": "derivative",
    "subs": "substituted", "simplify": "simplified", "expand": "expanded", "partition": "parts",
    "to_numpy_array": "array",
    "adjacency_matrix": "adjacency", "laplacian_matrix": "laplacian", "divmod": "quotient", "log2": "logarithm",
}  # fmt: skip


class _Rename(cst.CSTTransformer):
    """Renames a local variable; attributes, keywords and parameters of calls keep their names."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self.old, self.new = old, new

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return updated_node.with_changes(value=self.new) if original_node.value == self.old else updated_node


def telling_name(site: Site) -> Change | None:
    """Rename a one-letter local that is set from a call to what the call returns."""
    used = bound_names(site.tree) | set(dir(builtins))
    used |= {argument.arg for node in ast.walk(site.node) if isinstance(node, ast.arguments) for argument in _all(node)}
    inner = any(isinstance(node, ast.FunctionDef | ast.Lambda) for node in ast.walk(site.node) if node is not site.node)
    shared = any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(site.node))
    if inner or shared or "f'" in site.source or 'f"' in site.source:
        return None
    given = {argument.arg for argument in _all(site.node.args)} if isinstance(site.node, ast.FunctionDef) else set()
    for old in sorted(short_names(site.node) - given):
        values = [
            node.value for node in ast.walk(site.node) if isinstance(node, ast.Assign) and _targets(node) == [old]
        ]
        others = [node for node in ast.walk(site.node) if isinstance(node, ast.Name) and node.id == old]
        stores = [node for node in others if isinstance(node.ctx, ast.Store)]
        new = _called(values[0]) if len(values) == len(stores) == 1 and len(others) > 1 else None
        if new is None or new in used or keyword.iskeyword(new) or re.search(rf"#.*\b{old}\b", site.source):
            continue
        source = site.unshelled(site.parsed().visit(_Rename(old, new)))
        if max(map(len, source.splitlines())) > max(MAX_WIDTH, *map(len, site.lines)):
            continue
        line = site.text.splitlines()[stores[0].lineno - 1].split(" #")[0].strip()
        return Change(site.replaced(source), f"in `{line}` the name `{old}` says nothing", f"it is called `{new}` now")
    return None


def unused_name(site: Site) -> Change | None:
    """Remove an assignment whose name nothing reads, if computing its value has no other effect."""
    for name in sorted(unused_names(site.node)):
        found = [node for node in ast.walk(site.node) if isinstance(node, ast.Assign) and _targets(node) == [name]]
        if len(found) != 1 or not _is_harmless(found[0].value) or found[0].lineno != found[0].end_lineno:
            continue
        line = site.text.splitlines()[found[0].lineno - 1]
        if ";" in line or "#" in line or not _has_sibling(site.node, found[0]):
            continue
        lines = site.lines
        del lines[found[0].lineno - site.node.lineno]
        what = f"`{line.strip()}` sets a name that nothing reads"
        return Change(site.replaced("\n".join(lines)), what, f"the name `{name}` is gone")
    return None


def dead_code(site: Site) -> Change | None:
    """Remove code in comments; version control remembers it."""
    found = dead_lines(site.text.splitlines(), site.node.lineno, site.node.end_lineno or site.node.lineno)
    lines = site.lines
    whole = [number for number in found if lines[number - site.node.lineno].strip().startswith("#")]
    if not whole or len(whole) > 4 or any(_within_string(site.node, number) for number in whole):
        return None
    around = {number + step for number in whole for step in (-1, 1)} - set(whole)
    first, last = site.node.lineno, site.node.end_lineno or site.node.lineno
    if any(first <= n <= last and lines[n - first].strip().startswith("#") for n in around):  # part of an explanation
        return None
    shown = lines[whole[0] - first].strip()
    kept = [line for number, line in enumerate(lines, first) if number not in whole]
    return Change(site.replaced("\n".join(kept)), f"`{shown}` is code in a comment", "the commented-out code is gone")


def _all(arguments: ast.arguments) -> list[ast.arg]:
    more = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _targets(node: ast.Assign) -> list[str]:
    return [target.id if isinstance(target, ast.Name) else "" for target in node.targets]


def _called(value: ast.expr) -> str | None:
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return _CALLS.get(name)
        case ast.Attribute(attr=name):
            return _CALLS.get(name) or (name if len(name) > 3 and name.isidentifier() and name.islower() else None)
        case ast.List(elts=[]):
            return "items"
        case ast.Dict(keys=[]):
            return "mapping"
    return None


def _is_harmless(value: ast.expr) -> bool:
    kinds = (ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Load, ast.Set)
    return all(isinstance(child, kinds) for child in ast.walk(value))


def _has_sibling(node: ast.AST, wanted: ast.stmt) -> bool:
    """Tell whether the block of a statement has another one, so that it may be removed."""
    for child in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(child, field, None)
            if isinstance(block, list) and wanted in block:
                return len(block) > 1
    return False


def _within_string(node: ast.AST, line: int) -> bool:
    return any(
        isinstance(child, ast.Constant)
        and isinstance(child.value, str)
        and child.lineno <= line <= (child.end_lineno or 0)
        for child in ast.walk(node)
    )
