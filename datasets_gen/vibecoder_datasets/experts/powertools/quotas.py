"""Powertools: semantic tools for what is a name in the code, text search for what is only text, and the difference."""

from __future__ import annotations

import re
from itertools import pairwise

from vibecoder.types import Example
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.experts.tool_use.single import single
from vibecoder_datasets.material.context import ExpertContext, Quota
from vibecoder_datasets.material.openings import begin, drawn, file_at, fresh
from vibecoder_datasets.speech.wording import around, goal
from vibecoder_datasets.words.answers import places, total

__all__ = ["QUOTAS"]

CATEGORY = "powertools"
_MOST = 6


def more_hits(context: ExpertContext) -> Example | None:
    """Make a row that lists true references first, then the hits of a text search, which finds more lines."""
    function = context.functions.draw()
    name, file = function.name, file_at(context, function.path)
    lines = sum(name in line for path in context.workspace.files for line in context.workspace.text(path).splitlines())
    if lines < 3:
        return None
    user = context.phrases.pick(
        "A text search finds `{name}` in comments too. Which lines really use {name}?",
        "Not every line with the text {name} uses it. Find the true references to `{name}`.",
        "I want the real uses of `{name}`, without comments and strings.",
        "List the code that uses {name}; mentions in docstrings do not count.",
        "Which hits for `{name}` are calls or imports, and not just words?",
        "Leave out longer names and prose: who really uses `{name}`?",
        "Is {name} used in code, or only talked about?",
        name=name,
    )
    session = begin(context, context.rng.choice(("explore", "atlas")), around(context, user, file, [name]))
    call = ("references", {"name": name})
    result = session.call(*call[:1], **call[1])
    found = places(result)
    if not 1 <= len(found) <= _MOST or "unclear" in result or lines <= len(found) + 1:
        return None
    session.say(context.about(call, result))
    then = context.phrases.pick(
        "And how many lines does a text search for {name} find?", "What does plain text search say for {name}?",
        "Now compare with the lines that just contain `{name}`.", "How many lines mention `{name}` at all?",
        "Search the text for {name} too, I want to see the difference.", name=name,
    )  # fmt: skip
    session.user(f"{then} {goal(context, file, [name])}" if context.rng.random() < 0.5 else then)
    hits = session.call("grep", pattern=name)
    session.say(
        context.phrases.pick(
            "The text search gives {g}, more than the {r}: {w}.",
            "{g} by text, but {r} in truth; {w}.",
            "As text there are {g}. Only {r} count; {w}.",
            "Text search: {g}. References: {r}. The rest is not use: {w}.",
            g=total(hits),
            r=total(result),
            w=_extra(context, name, {(path, line) for path, line, _ in found}),
        )
    )
    return session.record(CATEGORY, "references", function.group, function.path)


def _extra(context: ExpertContext, name: str, used: set[tuple[str, int]]) -> str:
    """Describe the lines that contain a name without using it, as far as one can see."""
    kinds = set()
    for path in context.workspace.files:
        for number, line in enumerate(context.workspace.text(path).splitlines(), 1):
            if name in line and (path, number) not in used:
                if re.search(rf"\b(def|class) {name}\b", line):
                    kinds.add("the definition")
                elif not re.search(rf"\b{name}\b", line):
                    kinds.add("longer names")
                elif re.search(rf"#.*\b{name}\b", line):
                    kinds.add("comments")
                elif re.search(rf"[\"'][^\"']*\b{name}\b", line):
                    kinds.add("strings")
                else:
                    kinds.add("docstrings and look-alikes")
    return "it also counts " + " and ".join(sorted(kinds))


def impact(context: ExpertContext) -> Example | None:
    """Make a row that asks at once where something is defined and who uses it, before a change."""
    function = context.functions.draw()
    name, file = function.name, file_at(context, function.path)
    user = context.phrases.pick(
        "I want to rename `{name}`. Where is it defined and who uses it?",
        "Before I change {name}: show its definition and every use.",
        "What would break if `{name}` went away? Definition and uses, please.",
        "Give me both ends of {name}, where it is written and where it is called.",
        "Definition and references of `{name}`, in one go.",
        "{name} gets a new argument. Which places have to be looked at, the definition included?",
        name=name,
    )
    session = begin(
        context, context.rng.choice(("explore", "navigate", "atlas", "trial")), around(context, user, file, [name])
    )
    calls = [("definition", {"name": name}), ("references", {"name": name})]
    results = session.calls(calls)
    if len(places(results[0])) != 1 or not 1 <= len(places(results[1])) <= _MOST:
        return None
    session.say(" ".join(context.about(call, result) for call, result in zip(calls, results, strict=True)))
    return session.record(CATEGORY, "references", function.group, function.path)


def text_after(context: ExpertContext) -> Example | None:
    """Make a row that finds a name by its definition, then a message by text search."""
    file = drawn(context, "definition")
    first, second = REQUESTS["definition"](context, file), REQUESTS["text"](context, file)
    if first is None or second is None:
        return None
    name = str(first[1]["name"])
    user = around(context, context.phrases.ask(first[0], **first[1]), file, [name])
    session = begin(context, context.rng.choice(("explore", "atlas")), user)
    result = session.call(first[2][0], **first[2][1])
    if len(places(result)) != 1:
        return None
    session.say(context.about(first[2], result))
    session.user(context.phrases.ask(second[0], **second[1]))
    result = session.call(second[2][0], **second[2][1])
    if not places(result):
        return None
    session.say(context.about(second[2], result))
    return session.record(CATEGORY, "definition", file.group, file.path)


def larger(context: ExpertContext) -> Example | None:
    """Make a row that measures two files at once and says which of them is larger."""
    file = context.files.draw()
    near = [
        other for other in context.code_index.bundle(file.group) if other.path != file.path and not is_test(other.path)
    ]
    if not near:
        return None
    other = context.rng.choice(near)
    user = context.phrases.pick(
        "Which is longer, {p} or {q}?",
        "Measure {p} and {q}; which of them has more lines?",
        "{p} against {q}: who has more code?",
        "Is {p} bigger than {q}? Get the figures of both.",
        "Compare the sizes of {p} and {q}.",
        p=file.path,
        q=other.path,
    )
    session = begin(context, context.rng.choice(("navigate", "atlas")), around(context, user, file))
    results = session.calls([("stats", {"path": each.path}) for each in (file, other)])
    counts = [int(found[1]) for result in results if (found := re.search(r"lines (\d+)", result))]
    if len(counts) != 2 or any(one == two for one, two in pairwise(counts)):
        return None
    paths = [file.path, other.path] if counts[0] > counts[1] else [other.path, file.path]
    session.say(
        context.phrases.pick(
            "`{p}` is longer: {a} lines against {b}.", "`{p}`, with {a} lines; `{q}` has {b}.",
            "`{p}` has {a} lines, `{q}` only {b}.", p=paths[0], q=paths[1], a=max(counts), b=min(counts),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "stats", file.group, file.path)


def functions_then_definition(context: ExpertContext) -> Example | None:
    """Make a row that lists the functions of a file, then finds the definition of one."""
    file = context.files.draw()
    ask = REQUESTS["functions"](context, file)
    assert ask is not None
    intent, slots, call = ask
    session = begin(
        context,
        context.rng.choice(("navigate", "explore", "atlas")),
        around(context, context.phrases.ask(intent, **slots), file),
    )
    result = session.call(call[0], **call[1])
    names = [function.name for function in file.functions if f": def {function.name}(" in result]
    if not names or "\n..." in result:
        return None
    session.say(context.about(call, result))
    name = context.rng.choice(names)
    then = context.phrases.pick(
        "Which lines does `{n}` take?", "From where to where does {n} go?", "And `{n}`, where does it end?",
        "Take me to `{n}`.", "I need the lines of {n}.", "Show the extent of `{n}`.", n=name,
    )  # fmt: skip
    session.user(f"{then} {goal(context, file, [name])}" if context.rng.random() < 0.5 else then)
    found = session.call("definition", name=name)
    if len(places(found)) != 1:
        return None
    _, first, last = places(found)[0]
    session.say(
        context.phrases.pick("`{n}` takes lines {a} to {b}.", "From line {a} to line {b}.", "Lines {a}-{b} of `{p}`.",
                         n=name, a=first, b=last, p=file.path)
    )  # fmt: skip
    return session.record(CATEGORY, "functions", file.group, file.path)


_SHARES = (
    Quota("index", 20, single("index", category=CATEGORY, subcategory="index")),
    Quota("definition", 35, single("definition", category=CATEGORY, subcategory="definition")),
    Quota("definition", 10, text_after, ("networkx", "sympy", "mpmath")),
    Quota("references", 20, single("references", category=CATEGORY, subcategory="references")),
    Quota("references", 15, more_hits),
    Quota("references", 10, impact),
    Quota("functions", 17, single("functions", category=CATEGORY, subcategory="functions")),
    Quota("functions", 8, functions_then_definition),
    Quota("classes", 25, single("classes", category=CATEGORY, subcategory="classes"), ("networkx", "sympy", "mpmath")),
    Quota("stats", 10, single("stats", category=CATEGORY, subcategory="stats")),
    Quota("stats", 5, larger),
)

QUOTAS: tuple[Quota, ...] = tuple(map(fresh, _SHARES))
