"""Rewrites that give a part of a function a function of its own: one that does too much, one that is written twice."""

from __future__ import annotations

import ast
import builtins
import keyword
import re

import libcst as cst

from vibecoder.workspace.metrics import copies
from vibecoder.workspace.metrics.trees import bound_names, defined_names
from vibecoder_datasets.rewrites.scopes import Flow, flow_of
from vibecoder_datasets.rewrites.site import MAX_WIDTH, Change, Site, code

__all__ = ["extracted", "shared_helper"]

MOST_TAKEN = 4
MOST_GIVEN = 2
LEAST_LINES = 4
LEAST_LEFT = 4
MOST_LINES = 18


def extracted(site: Site) -> Change | None:
    """Move the part of a function that can best be called alone into a helper above it."""
    node = site.node
    if not isinstance(node, ast.FunctionDef) or node.col_offset:
        return None
    start = 1 if ast.get_docstring(node) is not None else 0
    best: tuple[int, int, int, Flow] | None = None
    for first in range(start, len(node.body)):
        for last in range(first + 1, len(node.body) + 1):
            lines = (node.body[last - 1].end_lineno or 0) - node.body[first].lineno + 1
            if not LEAST_LINES <= lines <= MOST_LINES or last - first == len(node.body) - start:
                continue
            flow = flow_of(node, first, last)
            if flow is None or len(flow.takes) > MOST_TAKEN or len(flow.gives) > MOST_GIVEN:
                continue
            if not flow.takes or (not flow.gives and not _only_checks(node.body[first:last])):
                continue
            if _code_lines(node) - lines < LEAST_LEFT and not _only_checks(node.body[first:last]):
                continue
            score = lines - 2 * len(flow.takes) - 2 * len(flow.gives)
            if best is None or score > best[0]:
                best = score, first, last, flow
    if best is None or best[0] < 0:
        return None
    _, first, last, flow = best
    name = _helper_name(site, first, last, flow)
    if name is None:
        return None
    helper, source = _moved(site, first, last, flow, name)
    if source is None or max(map(len, (helper + source).splitlines())) > MAX_WIDTH:
        return None
    job = "checks its arguments" if not flow.gives else f"works out `{'` and `'.join(flow.gives)}`"
    what = f"`{site.name}` does more than one thing: part of it {job}"
    return Change(site.replaced(source, above=helper), what, f"`{name}` has that job now")


def shared_helper(site: Site) -> Change | None:
    """Move statements that another function of the file has as well into a helper that both call."""
    for one, other in copies.runs(site.tree):
        if site.node not in (one.function, other.function) or one.function.col_offset or other.function.col_offset:
            continue
        if one.lines < 3 or one.lines > MOST_LINES:
            continue
        if not isinstance(one.function, ast.FunctionDef) or not isinstance(other.function, ast.FunctionDef):
            continue
        flows = [flow_of(run.function, run.first, run.last) for run in (one, other)]  # type: ignore[arg-type]
        flow = flows[0]
        if flow is None or flows[1] is None or set(flows[1].takes) != set(flow.takes) or flows[1].gives != flow.gives:
            continue
        if not flow.takes or len(flow.takes) > MOST_TAKEN or len(flow.gives) > MOST_GIVEN:
            continue
        upper, lower = sorted((one, other), key=lambda run: run.function.lineno)
        first = Site(site.path, lower.function.name, site.text, site.tree, lower.function)
        name = _helper_name(first, lower.first, lower.last, flow, prefix="")
        if name is None:
            continue
        _, below = _moved(first, lower.first, lower.last, flow, name)
        second = Site(site.path, upper.function.name, site.text, site.tree, upper.function)
        helper, above = _moved(second, upper.first, upper.last, flow, name)
        if below is None or above is None or max(map(len, (helper + above + below).splitlines())) > MAX_WIDTH:
            continue
        hunks = (*second.replaced(above, above=helper), *first.replaced(below))
        what = f"`{upper.function.name}` and `{lower.function.name}` share the same lines"
        return Change(hunks, what, f"both call `{name}` now")
    return None


def _moved(site: Site, first: int, last: int, flow: Flow, name: str) -> tuple[str, str | None]:
    """Return the sources of the helper and of its caller, the latter None where the two trees differ in shape."""
    module = site.parsed()
    function = cst.ensure_type(module.body[0], cst.FunctionDef)
    body = list(cst.ensure_type(function.body, cst.IndentedBlock).body)
    if len(body) != len(site.node.body):
        return "", None
    given = ", ".join(flow.gives)
    call = f"{name}({', '.join(flow.takes)})"
    statement = cst.ensure_type(cst.parse_statement(f"{given} = {call}" if given else call), cst.SimpleStatementLine)
    run = [
        found.with_changes(leading_lines=_trimmed(found)) if not at else found
        for at, found in enumerate(body[first:last])
    ]
    blank = [cst.EmptyLine(indent=False)] if first > 1 and _has_blank(body[first]) else []
    returned = [cst.parse_statement(f"return {given}")] if given else []
    shell = cst.ensure_type(cst.parse_statement(f"def {name}({', '.join(flow.takes)}):\n    pass\n"), cst.FunctionDef)
    indent = cst.ensure_type(function.body, cst.IndentedBlock).indent
    helper = shell.with_changes(body=cst.IndentedBlock(body=[*run, *returned], indent=indent))
    rest = [*body[:first], statement.with_changes(leading_lines=blank), *body[last:]]
    changed = function.with_changes(body=cst.ensure_type(function.body, cst.IndentedBlock).with_changes(body=rest))
    made = module.with_changes(body=[changed])
    return module.with_changes(body=[helper], header=[]).code, made.code


def _trimmed(statement: cst.BaseStatement) -> list[cst.EmptyLine]:
    lines: list[cst.EmptyLine] = list(getattr(statement, "leading_lines", ()))
    while lines and lines[0].comment is None:
        lines.pop(0)
    return lines


def _has_blank(statement: cst.BaseStatement) -> bool:
    return any(line.comment is None for line in getattr(statement, "leading_lines", ()))


def _code_lines(node: ast.FunctionDef) -> int:
    first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def _only_checks(statements: list[ast.stmt]) -> bool:
    """Tell whether statements do nothing but raise errors where something is wrong."""
    return all(
        (isinstance(one, ast.If) and not one.orelse and isinstance(one.body[-1], ast.Raise))
        or isinstance(one, ast.Assert)
        for one in statements
    )


def _helper_name(site: Site, first: int, last: int, flow: Flow, prefix: str | None = None) -> str | None:
    """Name a helper privately from the comment above it, its results or its job; None if the name is taken."""
    taken = bound_names(site.tree) | set(dir(builtins))
    taken |= defined_names(site.tree)
    stem = site.name.strip("_")
    telling = [name for name in flow.gives if len(name) > 2]
    words = _comment_words(site, site.node.body[first])
    if words:
        found = f"_{'_'.join(words)}"
    elif not flow.gives:
        found = f"_check_{'_and_'.join(flow.takes[:2])}" if prefix == "" else f"_check_{stem}"
    elif telling and len(telling) == len(flow.gives):
        found = f"_{'_and_'.join(name.strip('_').lower() for name in telling)}"
        found = found if prefix == "" else f"{found}_of_{stem}"
    elif prefix == "":
        found = f"_shared_{code(cst.Name(flow.takes[0])).lower()}_step"
    else:
        found = f"_{stem}_step"
    return None if found in taken or keyword.iskeyword(found) or len(found) > 44 else found


def _comment_words(site: Site, statement: ast.stmt) -> list[str]:
    """Return two to four words of a one-line comment right above a statement, if they could be a name."""
    above = site.text.splitlines()[statement.lineno - 2].strip()
    if not above.startswith("# ") or site.text.splitlines()[statement.lineno - 3].strip().startswith("#"):
        return []
    words = re.findall(r"[a-z]+", above.split(".")[0].split(",")[0].lower())
    plain = bool(re.fullmatch(r"# [A-Za-z ]+[.:]?", above)) and 2 <= len(words) <= 4
    return words if plain and words[0] not in ("see", "todo", "note", "this", "we", "the", "if", "for", "xxx") else []
