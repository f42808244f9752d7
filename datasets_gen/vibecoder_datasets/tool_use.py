"""Tool use: single calls, calls in parallel, several turns, recovery from a failure, and no call where none fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets.answers import places, total
from vibecoder_datasets.asks import REQUESTS, Ask
from vibecoder_datasets.dialogues import irrelevant, multi_turn
from vibecoder_datasets.kit import Expert, Kit
from vibecoder_datasets.recovery import recovery
from vibecoder_datasets.workspace import ToolError

__all__ = ["navigation", "rows", "single"]

CATEGORY = "tool-use"
# The sets of tools that a request may be made with.
OFFERED = {
    "read": ("look", "change", "run", "explore"),
    "span": ("look", "change", "run", "explore"),
    "grep_in": ("look", "run"),
    "grep": ("look", "run"),
    "glob": ("look",),
    "list": ("look",),
    "edit": ("change",),
    "write": ("change",),
    "test": ("change", "run"),
    "python": ("run",),
    "definition": ("navigate", "explore"),
    "references": ("navigate", "explore"),
    "functions": ("navigate", "explore"),
    "classes": ("navigate",),
    "stats": ("navigate",),
    "index": ("navigate",),
}
JOINTS: tuple[str, ...] = (
    "{}, and {}.",
    "{} and {}.",
    "{}; also {}.",
    "Please {}, and {}.",
    "Two things: {}, and {}.",
    "Could you {} and {}?",
)
JOINTS += (
    "At once: {}, and {}.",
    "{}. Also {}.",
    "I need both: {}, and {}.",
    "In one go, {} and {}.",
    "{} as well as {}.",
)


def single(request: str, category: str = CATEGORY, subcategory: str = "single") -> Expert:
    """An expert that answers one request with one call."""

    def expert(kit: Kit) -> Example | None:
        file = kit.files.draw()
        ask = REQUESTS[request](kit, file)
        if ask is None:
            return None
        intent, slots, call = ask
        session = kit.open(kit.rng.choice(OFFERED[request]), kit.phrases.ask(intent, **slots))
        result = session.call(call[0], **call[1])
        if result.startswith("error: ") or (result.startswith("no ") and kit.rng.random() < 0.8):
            return None
        session.say(kit.about(call, result))
        return session.record(category, subcategory, file.group, file.path)

    expert.__name__ = f"single {request}"
    return expert


PAIRS = {
    "look": (
        ("span", "span"),
        ("read", "list"),
        ("grep_in", "grep_in"),
        ("glob", "grep_in"),
        ("span", "grep_in"),
        ("glob", "list"),
    ),
    "explore": (
        ("definition", "definition"),
        ("functions", "functions"),
        ("definition", "references"),
        ("span", "references"),
    ),
    "navigate": (
        ("stats", "stats"),
        ("functions", "classes"),
        ("definition", "references"),
        ("references", "references"),
    ),
    "run": (("span", "grep_in"), ("grep", "grep_in")),
}


def parallel(kit: Kit) -> Example | None:
    """Two calls that do not depend on each other, in one turn."""
    offered = kit.rng.choice(list(PAIRS))
    wanted = kit.rng.choice(PAIRS[offered])
    return _parallel(kit, offered, wanted)


def parallel_tests(kit: Kit) -> Example | None:
    return _parallel(
        kit, kit.rng.choice(("change", "run")), kit.rng.choice((("test", "test"), ("test", "span"), ("span", "test")))
    )


def _parallel(kit: Kit, offered: str, wanted: tuple[str, str]) -> Example | None:
    file = kit.files.draw()
    bundle = [
        other for other in kit.survey.bundle(file.group) if other.functions and not other.path.startswith("tests/")
    ]
    files = (file, kit.rng.choice(bundle))
    asks: list[Ask] = []
    for request, one in zip(wanted, files, strict=True):
        ask = REQUESTS[request](kit, one)
        if ask is None:
            return None
        asks.append(ask)
    calls = [call for _, _, call in asks]
    if calls[0] == calls[1]:
        return None
    clauses = [kit.phrases.clause(intent, **slots) for intent, slots, _ in asks]
    joint = kit.rng.choice(JOINTS)
    if joint.startswith("{}"):
        clauses[0] = clauses[0][0].upper() + clauses[0][1:]
    session = kit.open(offered, joint.format(*clauses))
    results = session.calls(calls)
    if any(result.startswith(("error: ", "no ")) for result in results):
        return None
    session.say(" ".join(kit.about(call, result) for call, result in zip(calls, results, strict=True)))
    return session.record(CATEGORY, "parallel", file.group, file.path)


def navigation(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """Powertools rows: the semantic tools where they are offered, grep for text that is no name."""
    plan = {"index": 10, "definition": 26, "references": 26, "functions": 16, "classes": 16, "stats": 10}
    for name, share in (("networkx", 0.6), ("sympy", 0.4)):
        for request, count in plan.items():
            yield from kits[name].rows(single(request, "powertools", request), round(count * share))
        yield from kits[name].rows(text_search, 4)
        yield from kits[name].rows(more_hits, 4)


def text_search(kit: Kit) -> Example | None:
    """Text of messages and comments is no name: grep, although semantic tools are offered."""
    file = kit.files.draw()
    messages = re.findall(r'(?:Error|Exception)\("([A-Za-z][\w ,]{8,40})[."]', "\n".join(file.lines))
    if not messages:
        return None
    text = kit.rng.choice(messages)
    user = kit.phrases.pick(
        "Where does the error message `{text}` come from in {path}? Search {path} for it.",
        "Users see the message `{text}`. Which line of {path} has that text?",
        "I have `{text}` in my log. Find this text in {path}.",
        "Which line in {path} prints the text `{text}`?",
        text=text,
        path=file.path,
    )
    session = kit.open("explore", user)
    call = ("grep", {"pattern": text, "path": file.path})
    result = session.call(call[0], **call[1])
    if not places(result):
        return None
    session.say(kit.about(call, result))
    return session.record("powertools", "text", file.group, file.path)


def more_hits(kit: Kit) -> Example | None:
    """References against a text search that finds more than true uses."""
    function = kit.functions.draw()
    user = kit.phrases.pick(
        "grep finds `{name}` in comments too. Which lines really use {name}?",
        "Not every line with the text {name} uses it. Find the true references to `{name}`.",
        "I want the real uses of `{name}`, without comments and strings.",
        "List the code that uses {name}; mentions in docstrings do not count.",
        name=function.name,
    )
    session = kit.open("explore", user)
    call = ("references", {"name": function.name})
    result = session.call(call[0], **call[1])
    try:
        lines = sum(
            function.name in line for path in kit.workspace.files for line in kit.workspace.text(path).splitlines()
        )
    except ToolError:
        return None
    if not 1 <= len(places(result)) <= 6 or lines <= len(places(result)) + 1:
        return None
    session.say(kit.about(call, result))
    session.user(
        kit.phrases.pick("And how many lines does a text search find?", "What does grep say for the same name?")
    )
    search = ("grep", {"pattern": function.name})
    found = session.call(search[0], **search[1])
    session.say(
        f"The text search gives {total(found)}, more than the {total(result)}: "
        "it also counts the definition, comments, strings and longer words."
    )
    return session.record("powertools", "references", function.group, function.path)


SINGLES = {"read": 18, "span": 28, "grep_in": 26, "grep": 10, "glob": 14, "list": 8, "edit": 20, "write": 8}


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All tool-use rows."""
    for request, count in SINGLES.items():
        yield from kits["networkx"].rows(single(request), round(count * 0.6))
        yield from kits["sympy"].rows(single(request), count - round(count * 0.6))
    yield from kits["samples"].rows(single("test"), 10)
    yield from kits["samples"].rows(single("python"), 8)
    yield from kits["networkx"].rows(parallel, 30)
    yield from kits["sympy"].rows(parallel, 20)
    yield from kits["samples"].rows(parallel_tests, 10)
    yield from multi_turn(kits)
    yield from recovery(kits)
    yield from irrelevant(kits)
