"""Collaboration: clarifying questions, progress in real numbers, trade-offs, honest uncertainty, suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets import bugs, powertools
from vibecoder_datasets.answers import places, total
from vibecoder_datasets.kit import Kit

__all__ = ["rows"]

CATEGORY = "collaboration"


def clarifying(kit: Kit) -> Example | None:
    """Two definitions match, so the user has to say which one."""
    names: dict[str, list[str]] = {}
    for file in kit.survey.files:
        for node in powertools.definitions(kit.workspace, file.path):
            if not node.decorator_list:  # a property and its setter are one thing
                names.setdefault(node.name, []).append(file.path)
    group = kit.survey.group
    twice = sorted(
        name
        for name, paths in names.items()
        if len(paths) == 2 and group[paths[0]] == group[paths[1]] and len(name) > 5 and not name.startswith("_")
    )
    name = kit.rng.choice(twice)
    user = kit.phrases.pick(
        "Show me `{name}`.",
        "What does `{name}` return?",
        "Explain `{name}` to me.",
        "I want to change `{name}`. Open it.",
        "Please look at `{name}`.",
        "Is there anything odd about `{name}`?",
        name=name,
    )
    session = kit.open("explore", user)
    found = places(session.call("definition", name=name))
    if len(found) != 2:
        return None
    (first, line, _), (second, other, _) = found
    session.say(
        kit.phrases.pick(
            "There are two definitions of `{name}`: `{a}:{x}` and `{b}:{y}`. Which one do you mean?",
            "`{name}` is defined twice, at `{a}:{x}` and at `{b}:{y}`. Which shall I take?",
            "Which `{name}`? One is at `{a}:{x}`, the other at `{b}:{y}`.",
            name=name, a=first, x=line, b=second, y=other,
        )
    )  # fmt: skip
    at = kit.rng.randrange(2)
    path, start, end = found[at]
    session.user(kit.phrases.pick("The one at {p}.", "I mean {p}.", "{p}, please.", "Take {p}.", p=f"{path}:{start}"))
    text = session.call("read_file", path=path, start=start, end=min(end, start + 7))
    session.say(f"`{name}` of `{path}`, {total(text)}. It begins with: {text.splitlines()[0].strip()}")
    return session.record(CATEGORY, "clarifying question", group[first], first)


def progress(kit: Kit) -> Example | None:
    """A report after every step, with the numbers of the runs."""
    bug = bugs.draw(kit)
    if bug is None:
        return None
    tests = re.findall(r"^def (test_\w+)", kit.workspace.text(bug.test), re.MULTILINE)
    if len(tests) != 2:
        return None
    first, second = (f"{bug.test}::{name}" for name in tests)
    user = kit.phrases.pick(
        "Run {a} and {b} and keep me informed.",
        "How do {a} and {b} stand? Tell me the state of each.",
        "Status, please: {a} and {b}.",
        "I need numbers for the meeting: {a} and {b}.",
        "Where are we with {a} and {b}?",
        a=first,
        b=second,
    )
    session = kit.open(kit.rng.choice(("change", "run")), user, bug.setup)
    results = dict(
        zip((first, second), session.calls([("run_tests", {"path": one}) for one in (first, second)]), strict=True)
    )
    done = [test for test, result in results.items() if bugs.is_green(result)]
    left = [test for test, result in results.items() if bugs.failing(result)]
    if len(done) != 1 or len(left) != 1:
        return None
    session.say(
        kit.phrases.pick(
            "{done} is fine ({green}). {left} is not: {red}. I would look into that one next.",
            "State: {left} {red}, {done} {green}.",
            "Half of it is green. {done}: {green}; {left}: {red}.",
            done=done[0], left=left[0], red=bugs.outcome(results[left[0]]), green=bugs.outcome(results[done[0]]),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "progress", bug.function.group, bug.path)


# (what, first way, second way, code that counts the steps of each for n items)
CHOICES: tuple[tuple[str, str, str, str, str], ...] = (
    ("membership tests", "a list", "a set", "print(sum(range(1, {n} + 1)))", "print({n})"),
    (
        "finding duplicates",
        "comparing pairs",
        "sorting first",
        "print({n} * ({n} - 1) // 2)",
        "print({n} * ({n}).bit_length())",
    ),
    ("looking up a sorted item", "a scan", "bisection", "print({n})", "print(({n}).bit_length())"),
    ("joining words", "adding strings", "str.join", "print(sum(range({n} + 1)))", "print({n})"),
    ("taking from the front", "list.pop(0)", "a deque", "print({n} * ({n} - 1) // 2)", "print({n})"),
    ("keeping the smallest", "sorting all", "min", "print({n} * ({n}).bit_length())", "print({n})"),
    ("merging sorted lists", "inserting one by one", "one merge pass", "print({n} * {n})", "print(2 * {n})"),
    ("counting words", "list.count for each", "one dictionary", "print({n} * {n})", "print({n})"),
)


def trade_off(kit: Kit) -> Example | None:
    """Two ways with the steps of both, counted by running the formulas the user gave."""
    what, slow, fast, first, second = kit.rng.choice(CHOICES)
    size = kit.rng.choice((50, 100, 200, 500, 1000, 2000, 5000))
    a, b = first.format(n=size), second.format(n=size)
    user = kit.phrases.pick(
        "For {what}: {slow} or {fast}? The steps are `{a}` against `{b}`.",
        "Which is better for {what}, {slow} (`{a}`) or {fast} (`{b}`)? Compare the numbers.",
        "Help me decide on {what}. {slow} costs `{a}`, {fast} costs `{b}`.",
        "Weigh {slow} against {fast} for {what}; run `{a}` and `{b}`.",
        what=what, slow=slow, fast=fast, a=a, b=b,
    )  # fmt: skip
    session = kit.open("run", user[0].upper() + user[1:])
    x, y = session.calls([("run_python", {"code": a}), ("run_python", {"code": b})])
    session.say(
        f"At {size} items {slow} takes {x} steps and {fast} {y}. I'd take {fast}; for a few items either will do."
    )
    return session.record(CATEGORY, "trade-offs", f"choice/{what.replace(' ', '-')}")


def uncertain(kit: Kit) -> Example | None:
    """The tools found nothing, and the answer says so instead of inventing something."""
    file = kit.files.draw()
    function = kit.rng.choice(file.functions)
    word = kit.rng.choice(
        ("timeout", "retry", "password", "socket", "thread", "database", "locale", "checksum", "encrypt", "gpu")
    )
    if kit.rng.random() < 0.5:
        user = kit.phrases.pick(
            "Where does {path} handle `{word}`?",
            "What does {path} do about `{word}`? Search it.",
            "Does {path} say anything on `{word}`?",
            "I was told that {path} has a `{word}` option. Where?",
            path=file.path,
            word=word,
        )
        session = kit.open("explore", user)
        result = session.call("grep", pattern=word, path=file.path)
        if result != "no matches":
            return None
        session.say(
            kit.phrases.pick(
                "I found no `{word}` in `{path}`, so I can't tell. It may have another name or be in another file.",
                "Nothing in `{path}` mentions `{word}`. Either it is not there, or it is called something else.",
                "`{path}` has no match for `{word}`. I'd rather not guess; do you know another word for it?",
                word=word,
                path=file.path,
            )
        )
    else:
        user = kit.phrases.pick(
            "Who calls `{name}`, and is it safe to delete?",
            "Can I delete `{name}`? Check its uses.",
            "Is `{name}` dead code?",
            "Nobody needs `{name}` any more, right?",
            name=function.name,
        )
        session = kit.open(kit.rng.choice(("explore", "navigate")), user)
        result = session.call("references", name=function.name)
        if not result.startswith("no references"):
            return None
        session.say(
            kit.phrases.pick(
                "There are no references to `{name}` here. That does not prove it unused: other packages may call it.",
                "I see no references to `{name}` here, but I can't see code outside this project. Ask its users first.",
                "Nothing here uses `{name}`. I'm not certain that it is dead, as it is public.",
                name=function.name,
            )
        )
    return session.record(CATEGORY, "honest uncertainty", file.group, file.path)


def suggestion(kit: Kit) -> Example | None:
    """What was asked for, and one thing worth doing that the result shows."""
    kit.workspace.reset()
    file = kit.files.draw()
    test = bugs.test_of(file.path)
    name = kit.rng.choice(file.functions).name
    user = kit.phrases.pick(
        "Which lines of {test} use `{name}`?",
        "Search {test} for `{name}`.",
        "Is `{name}` tested in {test}?",
        "Grep `{name}` in {test}.",
        "How well does {test} cover `{name}`?",
        test=test,
        name=name,
    )
    session = kit.open(kit.rng.choice(("look", "run")), user)
    result = session.call("grep", pattern=name, path=test)
    asserts = [line for line in result.splitlines() if ":assert " in line]
    if not asserts:
        return None
    lines = " and ".join(line.split(":")[1] for line in asserts)
    more = (
        f"It is checked only once; I suggest one more case, for a limit of `{name}`."
        if len(asserts) == 1
        else "A case with unusual input would round it off. Shall I add one?"
    )
    session.say(f"`{name}` is checked on line{'s' if len(asserts) > 1 else ''} {lines} of {test}. {more}")
    return session.record(CATEGORY, "proactive suggestion", file.group, file.path)


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All collaboration rows."""
    for expert, name, count in (
        (clarifying, "networkx", 5),
        (clarifying, "sympy", 3),
        (progress, "samples", 8),
        (trade_off, "samples", 8),
        (uncertain, "networkx", 5),
        (uncertain, "sympy", 3),
        (suggestion, "samples", 8),
    ):
        yield from kits[name].rows(expert, count)
