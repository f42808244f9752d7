"""Tool use over several turns, where one result feeds the next call, and turns where no tool fits at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder_datasets.answers import about, first_place, places
from vibecoder_datasets.asks import REQUESTS
from vibecoder_datasets.kit import Expert, Kit
from vibecoder_datasets.unanswerable import ASIDES

__all__ = ["irrelevant", "multi_turn"]

CATEGORY = "tool-use"


def grep_then_read(kit: Kit) -> Example | None:
    function = kit.functions.draw()
    user = kit.phrases.pick(
        "Search {folder} for `def {name}`, then show me the code from that line on.",
        "Grep `def {name}` in {folder} and read the file from there.",
        "Find `def {name}` under {folder} and open it at that line.",
        "Look for `def {name}` in {folder}; I want to read what follows.",
        "Where in {folder} is `def {name}`? Show me the lines from there.",
        "grep for `def {name}` in {folder}, then open the place you found.",
        "Use grep to find `def {name}` in {folder} and read on from the hit.",
        name=function.name,
        folder=PurePosixPath(function.path).parent,
    )
    session = kit.open(kit.rng.choice(("look", "run")), user)
    arguments = {"pattern": f"def {function.name}", "path": str(PurePosixPath(function.path).parent)}
    found = places(session.call("grep", **arguments))
    if len(found) != 1:
        return None
    path, line, _ = found[0]
    session.call("read_file", path=path, start=line)
    what = (
        f" It says: {function.summary}"
        if function.summary and function.summary in session.messages[-1]["content"]
        else ""
    )
    session.say(
        kit.phrases.pick(
            "`{n}` begins on line {l} of `{p}`.",
            "Here is `{n}`, from line {l} of `{p}`.",
            n=function.name,
            l=line,
            p=path,
        )
        + what
    )
    return session.record(CATEGORY, "multi-turn", function.group, function.path)


def definition_then_read(kit: Kit) -> Example | None:
    function = kit.functions.draw()
    if function.end - function.line > 22:
        return None
    user = kit.phrases.pick(
        "Find the definition of `{name}` and read it.",
        "Where is {name} defined? Show me its whole code.",
        "Look up the definition of {name}, then read those lines.",
        "I want to read the code of `{name}`. Find its definition first.",
        "Go to the definition of {name} and print it.",
        "Show me how `{name}` is written: find the definition, then read it.",
        "Locate the definition of {name} and open exactly those lines.",
        name=function.name,
    )
    session = kit.open("explore", user)
    path, first, last = first_place(session.call("definition", name=function.name))
    text = session.call("read_file", path=path, start=first, end=last)
    session.say(about("read_file", {"path": path}, text, kit.rng.choice((1, 2, 3))))
    return session.record(CATEGORY, "multi-turn", function.group, function.path)


def glob_then_read(kit: Kit) -> Example | None:
    file = kit.files.draw()
    name = PurePosixPath(file.path).name
    user = kit.phrases.pick(
        "Find the file that matches `**/{name}` and open it.",
        "I don't know the folder, but there is a file like `**/{name}`. Read it.",
        "Glob `**/{name}` and show me the file.",
        "Which file matches `**/{name}`? Open it too.",
        "Look up `**/{name}` with glob, then read what you find.",
        "Read the file that the pattern `**/{name}` finds.",
        name=name,
    )
    session = kit.open("look", user)
    found = session.call("glob", pattern=f"**/{name}").splitlines()
    if len(found) != 2:
        return None
    text = session.call("read_file", path=found[0])
    session.say(about("read_file", {"path": found[0]}, text, kit.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def functions_then_references(kit: Kit) -> Example | None:
    file = kit.files.draw()
    which = kit.rng.choice(("first", "last"))
    user = kit.phrases.pick(
        "List the functions in {path}, then find who uses the {which} one.",
        "Which functions does {path} have? Look up the references to the {which}.",
        "Show me the functions of {path} and where the {which} one is used.",
        "Go through the functions of {path}; I need the uses of the {which} one.",
        "What functions are in {path}, and who calls the {which} of them?",
        path=file.path,
        which=which,
    )
    session = kit.open(kit.rng.choice(("explore", "navigate")), user)
    names = re.findall(r"^\d+: def (\w+)", session.call("functions", path=file.path), re.MULTILINE)
    if not 2 <= len(names) <= 8 or "\n..." in session.messages[-1]["content"]:
        return None
    name = names[0] if which == "first" else names[-1]
    result = session.call("references", name=name)
    if len(places(result)) > 6:
        return None
    session.say(about("references", {"name": name}, result, kit.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def follow_up(kit: Kit) -> Example | None:
    """Two questions by the user, the second about the same name or file."""
    file = kit.files.draw()
    first, second = kit.rng.choice(
        (("definition", "references"), ("functions", "definition"), ("references", "definition"))
    )
    asked = REQUESTS[first](kit, file)
    assert asked is not None
    intent, slots, call = asked
    session = kit.open(kit.rng.choice(("navigate", "explore")), kit.phrases.ask(intent, **slots))
    result = session.call(call[0], **call[1])
    if result.startswith(("error", "no ")) or "\n..." in result:
        return None
    session.say(kit.about(call, result))
    if first == "functions":
        names = [f.name for f in file.functions if f": def {f.name}(" in result]
        if not names:
            return None
        name = kit.rng.choice(names)
    else:
        name = str(slots["name"])
    told = name if first == "functions" or kit.rng.random() < 0.4 else "it"
    forms = {
        "references": (
            "And who uses {n}?",
            "Where is {n} used, then?",
            "Now find the references to {n}.",
            "Which code calls {n}?",
        ),
        "definition": ("Where is {n} defined?", "And the definition of {n}?", "Now go to the definition of {n}."),
    }
    session.user(kit.phrases.pick(*forms[second], n=told))
    next_call = (second, {"name": name})
    result = session.call(second, name=name)
    if len(places(result)) > 6:
        return None
    session.say(kit.about(next_call, result))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def edit_then_test(kit: Kit) -> Example | None:
    """An edit of a sample and its tests after it."""
    file = kit.files.draw()
    test = f"tests/test_{PurePosixPath(file.path).name}"
    function = kit.rng.choice(file.functions)
    old = function.summary.rstrip(".")
    if not old or old not in kit.workspace.text(file.path) or "`" in old or '"' in old:
        return None
    lead = {"The": "Return the", "Whether": "Tell whether", "How": "Return how", "What": "Return what"}
    first, _, rest = old.partition(" ")
    if first not in lead:
        return None
    new = f"{lead[first]} {rest}"
    user = kit.phrases.pick(
        "In {path}, replace `{old}` with `{new}`, then run {test}.",
        "Change `{old}` to `{new}` in {path} and run {test} afterwards.",
        "Edit {path}: `{old}` becomes `{new}`. Then check {test}.",
        "Make it `{new}` instead of `{old}` in {path}, then run the tests in {test}.",
        path=file.path,
        old=old,
        new=new,
        test=test,
    )
    session = kit.open("change", user)
    session.call("edit_file", path=file.path, old=old, new=new)
    result = session.call("run_tests", path=test)
    session.say(f"`{file.path}` is changed. " + about("run_tests", {"path": test}, result, kit.rng.randrange(3)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def irrelevant(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """Questions that no offered tool answers, or that lack what a call needs."""
    kit = kits["samples"]
    for topic, tools, question, answer in ASIDES:
        session = kit.open(tools, question)
        session.say(answer)
        yield session.record(CATEGORY, "irrelevance", f"aside/{topic}", verification="none")


MULTI: dict[str, tuple[tuple[Expert, int], ...]] = {
    "networkx": (
        (grep_then_read, 8),
        (definition_then_read, 7),
        (glob_then_read, 7),
        (functions_then_references, 5),
        (follow_up, 8),
    ),
    "sympy": (
        (grep_then_read, 5),
        (definition_then_read, 4),
        (glob_then_read, 4),
        (functions_then_references, 2),
        (follow_up, 4),
    ),
    "samples": ((edit_then_test, 6),),
}


def multi_turn(kits: Mapping[str, Kit]) -> Iterator[Example]:
    for name, experts in MULTI.items():
        for expert, count in experts:
            yield from kits[name].rows(expert, count)
