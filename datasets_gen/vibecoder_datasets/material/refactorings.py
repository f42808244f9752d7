"""Code worth improving, made from samples that are fine: each smell is put in by the inverse of its refactoring."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from vibecoder_datasets.code.index import Function
from vibecoder_datasets.material.context import ExpertContext

__all__ = ["SMELLS", "Smell"]


@dataclass(frozen=True, slots=True)
class Smell:
    """Describes a worse version of a file (`text`) and the `edits` (old, new) that put it right.

    `what` names the smell.
    """

    function: Function
    text: str
    edits: tuple[tuple[str, str], ...]
    what: str
    done: str


def magic_number(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: a constant written into the code without its name."""
    text = context.workspace.text(function.path)
    found = re.search(r"^([A-Z_]+) = ([\d.]+)\n\n\n", text, re.MULTILINE)
    better = next((line.strip() for line in context.lines(function)[2:] if found and found[1] in line), None)
    if not found or not better:
        return None
    name, value = found.groups()
    line = re.sub(rf"\b{name}\b", value, better)
    worse = text.replace(found[0], "\n", 1).replace(better, line)
    header = text.splitlines()[0]
    if worse.count(line) != 1 or worse.count(header) != 1 or name in worse.replace(f"`{name}`", ""):
        return None
    edits = ((header, f"{header}\n\n{name} = {value}"), (line, better))
    return Smell(function, worse, edits, f"the number {value} has no name", f"it is called `{name}` now")


def boolean_return(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: `if condition: return True, return False` for `return condition`."""
    text = context.workspace.text(function.path)
    lines = context.lines(function)
    found = re.fullmatch(r"    return (.*(?:[<>]=?|==|!=) .*)", lines[-1])
    if not found or "-> bool" not in lines[0] or text.count(lines[-1]) != 1:
        return None
    worse = f"    if {found[1]}:\n        return True\n    return False"
    old = worse.strip()
    changed = text.replace(lines[-1], worse)
    if changed.count(old) != 1:
        return None
    return Smell(
        function,
        changed,
        ((old, lines[-1].strip()),),
        "the `if` only repeats a condition",
        "it returns the condition itself",
    )


def loop(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: a loop with append for a comprehension."""
    text = context.workspace.text(function.path)
    lines = context.lines(function)
    found = re.fullmatch(r"    return \[(.*) for (\w+(?:, \w+)?) in (.*)\]", lines[-1])
    if not found or " if " in found[0] or " for " in found[1]:
        return None
    item, target, source = found.groups()
    worse = f"    result = []\n    for {target} in {source}:\n        result.append({item})\n    return result"
    return Smell(
        function,
        text.replace(lines[-1], worse),
        ((worse.strip(), lines[-1].strip()),),
        "the loop only builds a list",
        "it is a comprehension",
    )


def needless_else(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: an `else` after a return."""
    text = context.workspace.text(function.path)
    lines = context.lines(function)
    if len(lines) < 4 or not re.match(r"        return ", lines[-2]) or not re.match(r"    return ", lines[-1]):
        return None
    better = f"{lines[-2]}\n{lines[-1]}"
    worse = f"{lines[-2]}\n    else:\n    {lines[-1]}"
    old = worse.strip()
    if text.count(better) != 1:
        return None
    return Smell(
        function,
        text.replace(better, worse),
        ((old, better.strip()),),
        "nothing runs after the `return`, so `else` is not needed",
        "the `else` is gone",
    )


def temporary(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: a variable that is only returned."""
    text = context.workspace.text(function.path)
    last = context.lines(function)[-1]
    if not re.match(r"    return .*[ (]", last) or text.count(last) != 1 or context.rng.random() < 0.8:  # as above
        return None
    name = context.rng.choice(("result", "value", "answer", "output"))
    worse = f"    {name} = {last.strip().removeprefix('return ')}\n    return {name}"
    if name in text:
        return None
    return Smell(
        function,
        text.replace(last, worse),
        ((worse.strip(), last.strip()),),
        f"`{name}` is only there to be returned",
        "it returns the value directly",
    )


def dead_code(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: code that was commented out."""
    text = context.workspace.text(function.path)
    last = context.lines(function)[-1]
    if text.count(last) != 1 or context.rng.random() < 0.8:  # it fits everywhere, so the rarer smells go first
        return None
    old = context.phrases.pick("# print({n})", "# return None", "# TODO remove", "# old version", n=function.name)
    worse = f"    {old}\n{last}"
    return Smell(
        function,
        text.replace(last, worse),
        ((worse.strip(), last.strip()),),
        f"`{old}` is left over",
        "the left-over line is gone",
    )


def poor_name(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: a local name that says nothing, where a good one was."""
    lines = context.lines(function)
    text = context.workspace.text(function.path)
    found = re.findall(r"^    (\w+) = ", "\n".join(lines), re.MULTILINE)
    if not found or len(lines) > 9 or "{" in "".join(lines):
        return None
    name, bad = found[0], context.rng.choice(("x", "tmp", "foo", "thing"))
    body = [line for line in lines[1:] if '"""' not in line]
    start = lines.index(body[0])
    good_body = "\n".join(lines[start:])
    bad_body = re.sub(rf"\b{name}\b", bad, good_body)
    if re.search(rf"\b{bad}\b", text) or text.count(good_body) != 1:
        return None
    edit = (bad_body.strip(), good_body.strip())
    return Smell(
        function, text.replace(good_body, bad_body), (edit,), f"`{bad}` says nothing", f"it is called `{name}`"
    )


def repeated(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: the body of one function written again inside another that could call it."""
    text = context.workspace.text(function.path)
    lines = context.lines(function)
    found = re.fullmatch(r"    return (.*)", lines[-1])
    header = re.match(r"def \w+\((.*?)\) -> ", lines[0])
    if not found or not header or len(lines) != 3:
        return None
    arguments = [argument.split(":")[0].strip() for argument in header[1].split(",")]
    for line in text.splitlines():
        call = re.search(rf"(?<!def )\b{function.name}\(([\w, ]+)\)", line)
        if not call or line.startswith("def "):
            continue
        given = [value.strip() for value in call[1].split(",")]
        if len(given) != len(arguments):
            continue
        body = found[1]
        for argument, value in zip(arguments, given, strict=True):
            body = re.sub(rf"\b{argument}\b", value, body)
        written = (
            f"({body})"
            if isinstance(ast.parse(body, mode="eval").body, (ast.BoolOp, ast.BinOp, ast.Compare, ast.IfExp))
            else body
        )
        worse = line.replace(call[0], written)
        changed = text.replace(line, worse)
        if changed.count(worse.strip()) == 1 and len(worse) < 100:
            return Smell(
                function,
                changed,
                ((worse.strip(), line.strip()),),
                f"the work of `{function.name}` is written a second time",
                f"it calls `{function.name}`",
            )
    return None


def ladder(context: ExpertContext, function: Function) -> Smell | None:
    """Make code worse: a chain of ifs that has to be changed for every new kind, for a table that is only extended."""
    text = context.workspace.text(function.path)
    table = re.search(r"^([A-Z_]+) = (\{.*\})\n\n\n", text, re.MULTILINE)
    if not table or len(context.lines(function)) > 5:
        return None
    name, entries = table[1], ast.literal_eval(table[2])
    last = context.lines(function)[-1]
    use = re.search(rf"{name}(?:\[(\w+)\]|\.get\(([\w.()]+), (\w+|\"\w+\")\))", last)
    if not use or "return" not in last:
        return None
    key, default = use[1] or use[2], use[3]
    if "(" in key:
        return None
    steps = []
    items = list(entries.items())
    for at, (entry, value) in enumerate(items):
        shown = f'"{entry}"' if isinstance(entry, str) else str(entry)
        written = f'"{value}"' if isinstance(value, str) else str(value)
        if at == len(items) - 1 and default is None:
            steps.append(f"    else:\n        found = {written}")
        else:
            steps.append(f"    {'if' if at == 0 else 'elif'} {key} == {shown}:\n        found = {written}")
    if default is not None:
        steps.append(f"    else:\n        found = {default}")
    chain = "\n".join([*steps, last.replace(use[0], "found")])
    header = text.splitlines()[0]
    worse = text.replace(table[0], "\n", 1).replace(last, chain)
    edits = ((header, f"{header}\n\n{name} = {table[2]}"), (chain.strip(), last.strip()))
    return Smell(
        function,
        worse,
        edits,
        "every new kind needs another branch",
        f"new kinds go into `{name}`, the function stays closed",
    )


SMELLS = {
    "dry": (repeated,),
    "solid": (ladder,),
    "clean code": (magic_number, dead_code, poor_name),
    "refactoring": (boolean_return, loop, needless_else, temporary),
}
