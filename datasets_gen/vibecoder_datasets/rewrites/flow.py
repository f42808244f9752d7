"""Rewrites of branches and loops: fewer levels, fewer lines, the same result."""

from __future__ import annotations

from itertools import pairwise

import libcst as cst
import libcst.matchers as m

from vibecoder_datasets.rewrites.blocks import Block, Found, in_blocks
from vibecoder_datasets.rewrites.conditions import inverted, is_boolean, joined
from vibecoder_datasets.rewrites.site import code, has_comment, names

__all__ = [
    "any_of", "boolean_return", "comprehension", "else_after_return", "guard", "inlined", "merged_ifs",
    "same_results", "shared_tail",
]  # fmt: skip

_LEAVING = m.SimpleStatementLine(body=[m.Return() | m.Raise() | m.Continue() | m.Break()])


def _statements(suite: cst.BaseSuite | None) -> list[cst.BaseStatement]:
    """Return the statements of a block; none where it is on one line or has comments that would get lost."""
    if not isinstance(suite, cst.IndentedBlock) or suite.header.comment is not None:
        return []
    return [] if any(line.comment for line in suite.footer) else list(suite.body)


def _only(suite: cst.BaseSuite | None, of: m.BaseMatcherNode) -> cst.CSTNode | None:
    """Return the small statement that is all of a block, if it matches and has no comment."""
    found = _statements(suite)
    if len(found) != 1 or not m.matches(found[0], m.SimpleStatementLine()) or has_comment(found[0]):
        return None
    small = _small(found[0])
    return small if small is not None and m.matches(small, of) else None


def _small(statement: cst.BaseStatement) -> cst.BaseSmallStatement | None:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return statement.body[0]
    return None


def _line(source: str, like: cst.BaseStatement) -> cst.BaseStatement:
    made = cst.parse_statement(source)
    assert isinstance(made, cst.SimpleStatementLine)
    return made.with_changes(leading_lines=like.leading_lines)  # type: ignore[attr-defined]


@in_blocks
def else_after_return(block: Block) -> Found | None:
    """Turn `if c: return a` `else: b` into `if c: return a` `b`."""
    for at, found in enumerate(block.body):
        if not isinstance(found, cst.If) or not isinstance(found.orelse, cst.Else):
            continue
        before, after = _statements(found.body), _statements(found.orelse.body)
        if not before or not after or not m.matches(before[-1], _LEAVING):
            continue
        leading = [*found.orelse.leading_lines, *after[0].leading_lines]  # type: ignore[attr-defined]
        after[0] = after[0].with_changes(leading_lines=leading)
        body = [*block.body[:at], found.with_changes(orelse=None), *after, *block.body[at + 1 :]]
        word = code(cst.ensure_type(before[-1], cst.SimpleStatementLine).body[0]).split()[0]
        what = f"the branch before `else` ends with `{word}`, so `else` only adds a level"
        return Found(body, what, "the `else` is gone and its lines moved one level out")
    return None


@in_blocks
def boolean_return(block: Block) -> Found | None:
    """Turn `if c: return True` `return False` into `return c`."""
    for at, found in enumerate(block.body):
        if not isinstance(found, cst.If) or not is_boolean(found.test) or has_comment(found):
            continue
        first = _only(found.body, m.Return())
        rest = block.body[at + 1 : at + 2]
        if isinstance(found.orelse, cst.Else):
            second = _only(found.orelse.body, m.Return())
            rest = []
        else:
            second = _small(rest[0]) if rest and found.orelse is None and not has_comment(rest[0]) else None
        values = [code(value).strip() for value in (first, second) if value is not None]
        if values == ["return True", "return False"]:
            result = code(found.test)
        elif values == ["return False", "return True"]:
            result = code(inverted(found.test))
        else:
            continue
        made = _line(f"return {result}", found)
        body = [*block.body[:at], made, *block.body[at + 1 + len(rest) :]]
        return Found(body, "the `if` only turns a condition into True and False", "it returns the condition itself")
    return None


@in_blocks
def comprehension(block: Block) -> Found | None:
    """Turn `x = []` and a loop that appends into a list comprehension."""
    for at, (start, loop) in enumerate(pairwise(block.body)):
        assign = _small(start)
        if not isinstance(loop, cst.For) or loop.orelse or loop.asynchronous or has_comment(loop) or has_comment(start):
            continue
        if not m.matches(assign or loop, m.Assign(targets=[m.AssignTarget(m.Name())], value=m.List(elements=[]))):
            continue
        name = code(cst.ensure_type(assign, cst.Assign).targets[0].target)
        inner, condition = loop.body, ""
        nested = _statements(inner)
        if len(nested) == 1 and isinstance(nested[0], cst.If) and nested[0].orelse is None:
            inner, condition = nested[0].body, f" if {code(nested[0].test)}"
        call = _only(inner, m.Expr(m.Call(func=m.Attribute(m.Name(name), m.Name("append")), args=[m.Arg(star="")])))
        if call is None:
            continue
        item = cst.ensure_type(cst.ensure_type(call, cst.Expr).value, cst.Call).args[0].value
        if isinstance(item, cst.Yield | cst.Await | cst.NamedExpr) or name in names(item) | names(loop.iter):
            continue
        source = f"{name} = [{code(item)} for {code(loop.target)} in {code(loop.iter)}{condition}]"
        if "\n" in source or name in names(loop.target) or (condition and name in condition):
            continue
        body = [*block.body[:at], _line(source, start), *block.body[at + 2 :]]
        return Found(body, f"the loop does nothing but append to `{name}`", f"`{name}` comes from one comprehension")
    return None


@in_blocks
def any_of(block: Block) -> Found | None:
    """Turn a loop that returns True as soon as a condition holds into `any`, one that returns False into `not any`."""
    for at, (loop, last) in enumerate(pairwise(block.body)):
        if not isinstance(loop, cst.For) or loop.orelse or loop.asynchronous or has_comment(loop) or has_comment(last):
            continue
        nested = _statements(loop.body)
        if len(nested) != 1 or not isinstance(nested[0], cst.If) or nested[0].orelse:
            continue
        inner, outer = _only(nested[0].body, m.Return()), _small(last)
        values = [code(value).strip() for value in (inner, outer) if value is not None]
        if sorted(values) != ["return False", "return True"]:
            continue
        negated = "" if values[0] == "return True" else "not "
        clause = f"for {code(loop.target)} in {code(loop.iter)}"
        source = f"return {negated}any({code(nested[0].test)} {clause})"
        if "\n" in source:
            continue
        body = [*block.body[:at], _line(source, loop), *block.body[at + 2 :]]
        return Found(
            body, "the loop only asks whether a condition holds for some item", "`any` asks the same in one line"
        )
    return None


@in_blocks
def merged_ifs(block: Block) -> Found | None:
    """Turn `if a: if b: c` into `if a and b: c`."""
    for at, outer in enumerate(block.body):
        if not isinstance(outer, cst.If) or outer.orelse:
            continue
        nested = _statements(outer.body)
        if len(nested) != 1 or not isinstance(nested[0], cst.If) or nested[0].orelse:
            continue
        inner = nested[0]
        if any(line.comment for line in inner.leading_lines) or not isinstance(inner.body, cst.IndentedBlock):
            continue
        test = joined(cst.And(), outer.test, inner.test)
        body = [*block.body[:at], outer.with_changes(test=test, body=inner.body), *block.body[at + 1 :]]
        return Found(body, "an `if` holds nothing but another `if`", "one `if` with `and` says both conditions")
    return None


@in_blocks
def guard(block: Block) -> Found | None:
    """Turn the long `if` at the end of a block into an early `return` or `continue`."""
    word = {"function": "return", "loop": "continue"}.get(block.kind)
    last = block.body[-1]
    if word is None or not isinstance(last, cst.If) or last.orelse:
        return None
    inner = _statements(last.body)
    if len(inner) < 2 or len(code(last).splitlines()) < 5:
        return None
    leaving = cst.parse_statement(f"if {code(inverted(last.test))}:\n    {word}\n")
    if has_comment(last.test):
        return None
    leaving = cst.ensure_type(leaving, cst.If).with_changes(leading_lines=last.leading_lines)
    body = [*block.body[:-1], leaving, *inner]
    where = "function" if word == "return" else "loop"
    return Found(
        body, f"the rest of the {where} hangs in one `if`", f"a guard with `{word}` comes first and the rest is flat"
    )


@in_blocks
def same_results(block: Block) -> Found | None:
    """Join two conditions in a row with the same outcome into one with `or`."""
    for at, (first, second) in enumerate(pairwise(block.body)):
        if not isinstance(first, cst.If) or not isinstance(second, cst.If) or first.orelse or second.orelse:
            continue
        bodies = [_only(found.body, m.Return() | m.Raise() | m.Continue() | m.Break()) for found in (first, second)]
        if None in bodies or any(line.comment for line in second.leading_lines):
            continue
        outcomes = {code(body) for body in bodies if body is not None}
        if len(outcomes) != 1:
            continue
        made = first.with_changes(test=joined(cst.Or(), first.test, second.test))
        body = [*block.body[:at], made, *block.body[at + 2 :]]
        return Found(
            body,
            f"`{outcomes.pop().strip()}` is written for two conditions in a row",
            "one `or` joins the two conditions",
        )
    return None


@in_blocks
def inlined(block: Block) -> Found | None:
    """Turn `x = a` `return x` into `return a`."""
    for at, (first, last) in enumerate(pairwise(block.body)):
        assign, leaving = _small(first), _small(last)
        if not m.matches(assign or first, m.Assign(targets=[m.AssignTarget(m.Name())])) or has_comment(last):
            continue
        name = code(cst.ensure_type(assign, cst.Assign).targets[0].target)
        if not isinstance(leaving, cst.Return) or leaving.value is None or code(leaving.value) != name:
            continue
        value = cst.ensure_type(assign, cst.Assign).value
        if has_comment(first) or name in names(value) or any("def " in code(one) for one in block.body):
            continue
        line = cst.ensure_type(first, cst.SimpleStatementLine)
        made = line.with_changes(body=[leaving.with_changes(value=value)])
        body = [*block.body[:at], made, *block.body[at + 2 :]]
        return Found(body, f"`{name}` is set only to be returned on the next line", "the value is returned directly")
    return None


@in_blocks
def shared_tail(block: Block) -> Found | None:
    """Move a last statement that both branches have behind them."""
    for at, found in enumerate(block.body):
        if not isinstance(found, cst.If) or not isinstance(found.orelse, cst.Else):
            continue
        one, two = _statements(found.body), _statements(found.orelse.body)
        if len(one) < 2 or len(two) < 2 or not isinstance(one[-1], cst.SimpleStatementLine):
            continue
        if code(one[-1]).strip() != code(two[-1]).strip() or has_comment(one[-1]):
            continue
        tail = one[-1].with_changes(leading_lines=[])
        made = found.with_changes(
            body=found.body.with_changes(body=one[:-1]),
            orelse=found.orelse.with_changes(body=found.orelse.body.with_changes(body=two[:-1])),
        )
        body = [*block.body[:at], made, tail, *block.body[at + 1 :]]
        return Found(
            body, f"both branches end with `{code(tail).strip()}`", "that line stands once, behind the branches"
        )
    return None
