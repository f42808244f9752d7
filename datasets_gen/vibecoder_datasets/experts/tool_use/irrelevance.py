"""Requests that no call answers: no offered tool fits, the need is met without one, or a value is missing."""

from __future__ import annotations

import ast

from vibecoder.types import Example
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.experts.tool_use.unanswerable import ASIDES, LIMITS, MISSING
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin, test_of
from vibecoder_datasets.speech.wording import around, goal

__all__ = ["aside", "incomplete", "pasted", "unable"]

CATEGORY = "tool-use"
_LONGEST = 14
# What each set of tools cannot do, though the user asks for it.
_BEYOND = {
    "look": ("edit", "write", "test", "python"),
    "change": ("python",),
    "run": ("edit", "write"),
    "navigate": ("edit", "write", "test", "python", "text_in", "span"),
    "explore": ("edit", "write", "test", "python"),
    "atlas": ("edit", "write", "test", "python"),
    "trial": ("edit", "write"),
}


def aside(context: ExpertContext) -> Example | None:
    """Make a row about what has nothing to do with the code, or too little in it to act on."""
    topic, tools, question, answer = context.rng.choice(ASIDES)
    session = begin(context, tools, question)
    session.say(answer)
    return session.record(CATEGORY, "irrelevance", f"aside/{topic}", verification="none")


def unable(context: ExpertContext) -> Example | None:
    """Make a row that asks for work on the code that none of the offered tools can do."""
    file = context.files.draw()
    offered = context.rng.choice(list(_BEYOND))
    wanted = context.rng.choice(_BEYOND[offered])
    ask = REQUESTS[wanted.removesuffix("_in")](context, file)
    if ask is None or (wanted == "text_in" and ask[0] != wanted):
        return None
    intent, slots, _ = ask
    session = begin(context, offered, around(context, context.phrases.ask(intent, **slots), file))
    lack, can = LIMITS[wanted], LIMITS[offered]
    session.say(
        context.phrases.pick(
            "I can't {l}: I can only {c} here.",
            "None of my tools can {l}. I can {c}, if that helps.",
            "That needs a tool to {l}, which I don't have here. What I can do is {c}.",
            "No tool I have here can {l}, so nothing was done. I can {c}.",
            "I'm not able to {l} with these tools, only to {c}.",
            l=lack,
            c=can,
        )
    )
    return session.record(CATEGORY, "irrelevance", file.group, file.path, verification="none")


def incomplete(context: ExpertContext) -> Example | None:
    """Make a row with a request that lacks a value which no tool can find."""
    file = context.files.draw()
    functions = [function for function in file.functions if not function.is_class]
    if not functions:
        return None
    function = context.rng.choice(functions)
    offered, forms, replies = context.rng.choice(MISSING)
    slots = {
        "n": function.name,
        "p": file.path,
        "a": function.line,
        "b": function.end,
        "t": test_of(context, file) or "the tests",
    }
    user = around(context, context.rng.choice(forms).format(**slots), file, [function.name])
    session = begin(context, context.rng.choice(offered), user)
    session.say(context.rng.choice(replies).format(**slots))
    return session.record(CATEGORY, "irrelevance", file.group, file.path, verification="none")


def pasted(context: ExpertContext) -> Example | None:
    """Make a row that asks about code the user has pasted: the answer is in the message already."""
    function = context.functions.draw()
    lines = context.lines(function)
    question = _question(context, function)
    if question is None or len(lines) > _LONGEST:
        return None
    asked, answer = question
    file = next(file for file in context.code_index.files if file.path == function.path)
    code = "```python\n" + "\n".join(lines) + "\n```"
    user = f"{asked}\n{code}" if context.rng.random() < 0.5 else f"{code}\n{asked}"
    if context.rng.random() < 0.6:
        user += ("\n" if user.endswith("```") else " ") + goal(context, file)
    session = begin(context, context.rng.choice(("look", "run", "explore", "atlas", "change", "trial")), user)
    session.say(answer)
    return session.record(CATEGORY, "irrelevance", function.group, function.path, verification="none")


def _question(context: ExpertContext, function: Function) -> tuple[str, str] | None:
    """Draw a question on a function's signature and its true answer, from the syntax tree."""
    nodes = [node for node in ast.walk(context.workspace.tree(function.path)) if isinstance(node, ast.FunctionDef)]
    node = next((node for node in nodes if node.name == function.name), None)
    if node is None:
        return None
    arguments = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
    defaults = dict(zip(reversed(node.args.args), reversed(node.args.defaults), strict=False))
    name, pick = function.name, context.phrases.pick
    found = []
    if arguments:
        first, last = arguments[0], arguments[-1]
        found.append(
            (
                pick("What is the first argument of `{n}` called?", "Name the first parameter of {n}.",
                     "Here is {n}. What does it take first?", n=name),
                pick("`{a}`.", "It is called `{a}`.", "The first one is `{a}`.", "`{n}` takes `{a}` first.",
                     a=first, n=name),
            )
        )  # fmt: skip
        found.append(
            (
                pick("Which parameter of `{n}` comes last?", "In {n} below or above: which argument is the last?",
                     "What's the last thing that {n} takes?", n=name),
                pick("`{a}`.", "The last one is `{a}`.", "`{n}` takes `{a}` last.", a=last, n=name),
            )
        )  # fmt: skip
    for argument, value in defaults.items():
        given = (argument.arg, ast.unparse(value))
        if given[1] in "\n".join(context.lines(function)):
            found.append(
                (
                    pick("Which default has `{a}` in this {n}?", "If I leave `{a}` out when calling {n}, what is it?",
                         "What value does {n} use for `{a}` by default?", a=given[0], n=name),
                    pick("`{v}`.", "It is `{v}`.", "`{a}` is `{v}` then.", "The default is `{v}`.",
                         a=given[0], v=given[1]),
                )
            )  # fmt: skip
    returned = [child for child in ast.walk(node) if isinstance(child, ast.Return) and child.value]
    if len(returned) == 1 and returned[0].value is not None:
        given_back = ast.unparse(returned[0].value)
        if f"return {given_back}" in "\n".join(context.lines(function)):
            found.append(
                (
                    pick("What does `{n}` return, literally?", "Which expression does {n} give back?",
                         "Quote what {n} returns.", n=name),
                    pick("`{v}`.", "It returns `{v}`.", "`{n}` gives back `{v}`.", n=name, v=given_back),
                )
            )  # fmt: skip
    return context.rng.choice(found) if found else None
