"""Agentic rows that explore: a function with its users, a module from its outline, a feature from its tests."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.code.tested import body
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.voices import ask, facts
from vibecoder_datasets.words.answers import places, total

__all__ = ["function_and_users", "module", "through_tests"]

CATEGORY = "agentic"
USERS = (
    "How is `{name}` written, and who uses it?", "Explore `{name}` for me: its code and its callers.",
    "I don't know `{name}`. What does it do and where is it needed?",
    "Explain `{name}` from its code and say what depends on it.",
    "Get to know `{name}`: read its definition, then find its uses.",
    "What would I break by touching `{name}` in {path}?",
    "Walk me through `{name}` and the places that call it.",
    "Before I change {path}: show `{name}` and everything that uses it.",
    "Is `{name}` used much? And what is inside?",
    "Give me the tour of `{name}`: where it lives, what it does, who needs it.",
    "I keep meeting `{name}`. Look into it and its callers.",
)  # fmt: skip


def function_and_users(context: ExpertContext) -> Example | None:
    """Make a row that explains a function and who needs it, from its definition and its uses."""
    context.workspace.reset()
    function = context.functions.draw()
    first, last = body(context.workspace, function)
    if not first or last - first > bugs.LONGEST:
        return None
    session = context.open(
        "explore", ask(context, USERS, facts(context, function), name=function.name, path=function.path)
    )
    say = context.phrases.pick("", "", "First the definition.", "I'll find it.", "Let me look it up.")
    bugs.read_function(session, function, say)
    result = session.call(
        "references", context.phrases.pick("", "Now its users.", "And who uses it?"), name=function.name
    )
    found = places(result)
    if not 1 <= len(found) <= 8:
        return None
    seen = session.messages[-3]["content"]
    what = f" {function.summary}" if function.summary and function.summary in seen else ""
    called = set(re.findall(r"(?<![.\w])([a-z]\w{3,})\(", seen)) - set(re.findall(r"def (\w+)", seen)) - {"func"}
    calls = called & context.code_index.by_name.keys()
    inner = f" Inside it calls `{sorted(calls)[0]}`." if calls else ""
    files = sorted({path for path, _, _ in found})
    where = f"all in `{files[0]}`" if len(files) == 1 else f"for example in `{files[0]}` and `{files[1]}`"
    session.say(
        context.phrases.pick(
            "`{name}` is in `{path}`.{what}{inner} It has {total}, {where}.",
            "You find `{name}` in `{path}`.{what}{inner} {total}, {where}; the first is `{first}`.",
            "{total} of `{name}`, {where}.{what}{inner} The code itself is in `{path}`.",
            "In short: `{path}` defines `{name}`.{what}{inner} Its uses: {where} ({total}).",
            name=function.name, path=function.path, what=what, inner=inner, total=total(result), where=where,
            first=f"{found[0][0]}:{found[0][1]}",
        )
    )  # fmt: skip
    return session.record(CATEGORY, "exploration", function.group, function.path)


MODULE = (
    "What's in {path}? Give me an overview and look into `{name}`.",
    "I'm new to {path}. Outline it, then explain `{name}`.",
    "Explore {path}: which functions, and how does `{name}` work?",
    "Where should I start reading in {path}? I heard of `{name}`.",
    "Map {path} for me and stop at `{name}`.", "Summarise {path} with a closer look at `{name}`, please.",
    "Have a look round {path}. I care most about `{name}`.",
    "What does {path} offer beside `{name}`, and what does that one do?",
)  # fmt: skip


def module(context: ExpertContext) -> Example | None:
    """Make a row that lists the functions of a file and reads one of them."""
    context.workspace.reset()
    function = context.functions.draw()
    first, last = body(context.workspace, function)
    if not first or last - first > bugs.LONGEST:
        return None
    session = context.open(
        "explore",
        ask(context, MODULE, facts(context, function), must=[function.path], name=function.name, path=function.path),
    )
    outline = session.call(
        "functions", context.phrases.pick("", "The outline first.", "I list it."), path=function.path
    )
    text = bugs.read_function(session, function, context.phrases.pick("", "Now `{name}`.", name=function.name))
    names = [line.split("def ")[1].split("(")[0] for line in outline.splitlines() if ": def " in line]
    others = [name for name in names if name != function.name]
    if not others:
        return None
    loops, returns = sum(text.count(word) for word in ("for ", "while ")), text.count("return ")
    shape = "has a loop" if loops else "has no loop"
    shape += " and hands its items out one by one" if "yield" in text else " and returns its result" if returns else ""
    session.say(
        context.phrases.pick(
            "`{path}` has {total}, such as `{other}`. `{name}` {shape}.",
            "{total} in `{path}`; `{other}` is another one. As for `{name}`: it {shape}.",
            "Beside `{name}` there is `{other}` in `{path}` ({total} in all). `{name}` {shape}.",
            path=function.path, total=total(outline), other=context.rng.choice(others), name=function.name, shape=shape,
        )
    )  # fmt: skip
    return session.record(CATEGORY, "exploration", function.group, function.path)


TESTS = (
    "How is `{name}` meant to be used? The tests should tell.", "Show me from {test} what `{name}` promises.",
    "I have no docs for `{name}` in {path}. Learn it from its tests and tell me.",
    "What do the tests expect of `{name}`?",
    "Explore `{name}` through `{case}`, please.", "Find an example of `{name}` in {test} and check that it holds.",
    "What does `{case}` say about `{name}`, and is it green?", "Teach me `{name}` by its tests, not by its code.",
)  # fmt: skip


def through_tests(context: ExpertContext) -> Example | None:
    """Make a row that reads what a test of a function says and runs it to see that it holds."""
    tested = draw_tested(context)
    if tested is None:
        return None
    node = context.rng.choice(tested.nodes)
    case = node.split("::")[-1]
    slots = {"name": tested.name, "path": tested.path, "test": tested.test, "case": case}
    session = context.open("run", ask(context, TESTS, facts(context, tested.function), must=[tested.test], **slots))
    text = session.call(
        "grep", context.phrases.pick("", "Where is it tested?"), pattern=f"{tested.name}\\(", path=tested.test
    )
    found = places(text)
    if not found:
        return None
    line = found[0][1]
    shown = session.call("read_file", path=tested.test, start=max(1, line - 5), end=line + 4)
    lines = [
        row.strip() for row in shown.splitlines() if f"{tested.name}(" in row and "`" not in row and "def " not in row
    ]
    result = session.call("run_tests", context.phrases.pick("", "Does it hold?", "I run it."), path=node)
    if not lines or not bugs.is_green(result):
        return None
    session.say(
        context.phrases.pick(
            "A use of it is `{line}`, in `{test}`. `{case}`: {green}.",
            "The tests have {total} for it; one reads `{line}`. I ran `{case}`, {green}.",
            "`{line}` shows how. It is checked: {green} for `{case}`.",
            line=lines[0], test=tested.test, case=case, green=bugs.outcome(result), total=total(text),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "exploration", tested.function.group, tested.path)
