"""Powertools: semantic tools for what is a name in the code, text search for what is only text, and the difference."""

from __future__ import annotations

import re
from itertools import pairwise

from vibecoder.types import Example
from vibecoder.workspace.files import is_test
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.experts.tool_use.single import single
from vibecoder_datasets.material.kit import Kit, Share
from vibecoder_datasets.material.openings import begin, drawn, file_at, fresh
from vibecoder_datasets.speech.wording import around, goal
from vibecoder_datasets.words.answers import places, total

__all__ = ["SHARES"]

CATEGORY = "powertools"
_MOST = 6


def more_hits(kit: Kit) -> Example | None:
    """Make a row that lists true references first, then the hits of a text search, which finds more lines."""
    function = kit.functions.draw()
    name, file = function.name, file_at(kit, function.path)
    lines = sum(name in line for path in kit.workspace.files for line in kit.workspace.text(path).splitlines())
    if lines < 3:
        return None
    user = kit.phrases.pick(
        "A text search finds `{name}` in comments too. Which lines really use {name}?",
        "Not every line with the text {name} uses it. Find the true references to `{name}`.",
        "I want the real uses of `{name}`, without comments and strings.",
        "List the code that uses {name}; mentions in docstrings do not count.",
        "Which hits for `{name}` are calls or imports, and not just words?",
        "Leave out longer names and prose: who really uses `{name}`?",
        "Is {name} used in code, or only talked about?",
        name=name,
    )
    session = begin(kit, kit.rng.choice(("explore", "atlas")), around(kit, user, file, [name]))
    call = ("references", {"name": name})
    result = session.call(*call[:1], **call[1])
    found = places(result)
    if not 1 <= len(found) <= _MOST or "unclear" in result or lines <= len(found) + 1:
        return None
    session.say(kit.about(call, result))
    then = kit.phrases.pick(
        "And how many lines does a text search for {name} find?", "What does plain text search say for {name}?",
        "Now compare with the lines that just contain `{name}`.", "How many lines mention `{name}` at all?",
        "Search the text for {name} too, I want to see the difference.", name=name,
    )  # fmt: skip
    session.user(f"{then} {goal(kit, file, [name])}" if kit.rng.random() < 0.5 else then)
    hits = session.call("grep", pattern=name)
    session.say(
        kit.phrases.pick(
            "The text search gives {g}, more than the {r}: {w}.",
            "{g} by text, but {r} in truth; {w}.",
            "As text there are {g}. Only {r} count; {w}.",
            "Text search: {g}. References: {r}. The rest is not use: {w}.",
            g=total(hits),
            r=total(result),
            w=_extra(kit, name, {(path, line) for path, line, _ in found}),
        )
    )
    return session.record(CATEGORY, "references", function.group, function.path)


def _extra(kit: Kit, name: str, used: set[tuple[str, int]]) -> str:
    """Describe the lines that contain a name without using it, as far as one can see."""
    kinds = set()
    for path in kit.workspace.files:
        for number, line in enumerate(kit.workspace.text(path).splitlines(), 1):
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


def impact(kit: Kit) -> Example | None:
    """Make a row that asks at once where something is defined and who uses it, before a change."""
    function = kit.functions.draw()
    name, file = function.name, file_at(kit, function.path)
    user = kit.phrases.pick(
        "I want to rename `{name}`. Where is it defined and who uses it?",
        "Before I change {name}: show its definition and every use.",
        "What would break if `{name}` went away? Definition and uses, please.",
        "Give me both ends of {name}, where it is written and where it is called.",
        "Definition and references of `{name}`, in one go.",
        "{name} gets a new argument. Which places have to be looked at, the definition included?",
        name=name,
    )
    session = begin(kit, kit.rng.choice(("explore", "navigate", "atlas", "trial")), around(kit, user, file, [name]))
    calls = [("definition", {"name": name}), ("references", {"name": name})]
    results = session.calls(calls)
    if len(places(results[0])) != 1 or not 1 <= len(places(results[1])) <= _MOST:
        return None
    session.say(" ".join(kit.about(call, result) for call, result in zip(calls, results, strict=True)))
    return session.record(CATEGORY, "references", function.group, function.path)


def text_after(kit: Kit) -> Example | None:
    """Make a row that finds a name by its definition, then a message by text search."""
    file = drawn(kit, "definition")
    first, second = REQUESTS["definition"](kit, file), REQUESTS["text"](kit, file)
    if first is None or second is None:
        return None
    name = str(first[1]["name"])
    user = around(kit, kit.phrases.ask(first[0], **first[1]), file, [name])
    session = begin(kit, kit.rng.choice(("explore", "atlas")), user)
    result = session.call(first[2][0], **first[2][1])
    if len(places(result)) != 1:
        return None
    session.say(kit.about(first[2], result))
    session.user(kit.phrases.ask(second[0], **second[1]))
    result = session.call(second[2][0], **second[2][1])
    if not places(result):
        return None
    session.say(kit.about(second[2], result))
    return session.record(CATEGORY, "definition", file.group, file.path)


def larger(kit: Kit) -> Example | None:
    """Make a row that measures two files at once and says which of them is larger."""
    file = kit.files.draw()
    near = [other for other in kit.survey.bundle(file.group) if other.path != file.path and not is_test(other.path)]
    if not near:
        return None
    other = kit.rng.choice(near)
    user = kit.phrases.pick(
        "Which is longer, {p} or {q}?",
        "Measure {p} and {q}; which of them has more lines?",
        "{p} against {q}: who has more code?",
        "Is {p} bigger than {q}? Get the figures of both.",
        "Compare the sizes of {p} and {q}.",
        p=file.path,
        q=other.path,
    )
    session = begin(kit, kit.rng.choice(("navigate", "atlas")), around(kit, user, file))
    results = session.calls([("stats", {"path": each.path}) for each in (file, other)])
    counts = [int(found[1]) for result in results if (found := re.search(r"lines (\d+)", result))]
    if len(counts) != 2 or any(one == two for one, two in pairwise(counts)):
        return None
    paths = [file.path, other.path] if counts[0] > counts[1] else [other.path, file.path]
    session.say(
        kit.phrases.pick(
            "`{p}` is longer: {a} lines against {b}.", "`{p}`, with {a} lines; `{q}` has {b}.",
            "`{p}` has {a} lines, `{q}` only {b}.", p=paths[0], q=paths[1], a=max(counts), b=min(counts),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "stats", file.group, file.path)


def functions_then_definition(kit: Kit) -> Example | None:
    """Make a row that lists the functions of a file, then finds the definition of one."""
    file = kit.files.draw()
    ask = REQUESTS["functions"](kit, file)
    assert ask is not None
    intent, slots, call = ask
    session = begin(
        kit, kit.rng.choice(("navigate", "explore", "atlas")), around(kit, kit.phrases.ask(intent, **slots), file)
    )
    result = session.call(call[0], **call[1])
    names = [function.name for function in file.functions if f": def {function.name}(" in result]
    if not names or "\n..." in result:
        return None
    session.say(kit.about(call, result))
    name = kit.rng.choice(names)
    then = kit.phrases.pick(
        "Which lines does `{n}` take?", "From where to where does {n} go?", "And `{n}`, where does it end?",
        "Take me to `{n}`.", "I need the lines of {n}.", "Show the extent of `{n}`.", n=name,
    )  # fmt: skip
    session.user(f"{then} {goal(kit, file, [name])}" if kit.rng.random() < 0.5 else then)
    found = session.call("definition", name=name)
    if len(places(found)) != 1:
        return None
    _, first, last = places(found)[0]
    session.say(
        kit.phrases.pick("`{n}` takes lines {a} to {b}.", "From line {a} to line {b}.", "Lines {a}-{b} of `{p}`.",
                         n=name, a=first, b=last, p=file.path)
    )  # fmt: skip
    return session.record(CATEGORY, "functions", file.group, file.path)


_SHARES = (
    Share("index", 20, single("index", category=CATEGORY, subcategory="index")),
    Share("definition", 35, single("definition", category=CATEGORY, subcategory="definition")),
    Share("definition", 10, text_after, ("networkx", "sympy", "mpmath")),
    Share("references", 20, single("references", category=CATEGORY, subcategory="references")),
    Share("references", 15, more_hits),
    Share("references", 10, impact),
    Share("functions", 17, single("functions", category=CATEGORY, subcategory="functions")),
    Share("functions", 8, functions_then_definition),
    Share("classes", 25, single("classes", category=CATEGORY, subcategory="classes"), ("networkx", "sympy", "mpmath")),
    Share("stats", 10, single("stats", category=CATEGORY, subcategory="stats")),
    Share("stats", 5, larger),
)

SHARES: tuple[Share, ...] = tuple(map(fresh, _SHARES))
