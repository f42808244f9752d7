"""Conversations in which the user comes back: a second question, a narrower one, a change of mind."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.openings import begin, drawn
from vibecoder_datasets.speech.wording import around, goal
from vibecoder_datasets.words.answers import about, places

__all__ = ["change_of_mind", "conversation", "follow_up", "narrowed", "paged", "write_then_read"]

CATEGORY = "tool-use"
_SECOND = {
    "references": ("And who uses {n}?", "Where is {n} used, then?", "Now find the references to {n}.",
                   "Which code calls {n}?", "Good. Next: the callers of {n}.", "So what depends on {n}?"),
    "definition": ("Where is {n} defined?", "And the definition of {n}?", "Now go to the definition of {n}.",
                   "Then where does {n} live?", "I see. Show the place that defines {n}."),
}  # fmt: skip
_TALKS = {
    "look": ("read", "span", "grep_in", "list", "glob"),
    "explore": ("functions", "span", "definition", "references", "text"),
    "navigate": ("functions", "classes", "stats", "definition", "index"),
    "atlas": ("stats", "functions", "read", "references", "grep_in"),
    "trial": ("test", "definition", "span", "references"),
    "change": ("span", "edit", "write", "read"),
}


def follow_up(context: ExpertContext) -> Example | None:
    """Make a row with two questions by the user, the second about a name from the first answer."""
    first, second = context.rng.choice(
        (("definition", "references"), ("functions", "definition"), ("references", "definition"))
    )
    file = drawn(context, "definition")
    ask = REQUESTS[first](context, file)
    assert ask is not None
    intent, slots, call = ask
    offered = context.rng.choice(("navigate", "explore", "atlas"))
    session = begin(
        context, offered, around(context, context.phrases.ask(intent, **slots), file, [str(slots.get("name"))])
    )
    result = session.call(call[0], **call[1])
    if result.startswith(("error", "no ")) or "\n..." in result:
        return None
    session.say(context.about(call, result))
    if first == "functions":
        names = [f.name for f in file.functions if f": def {f.name}(" in result]
        if not names:
            return None
        name = context.rng.choice(names)
    else:
        name = str(slots["name"])
    told = f"`{name}`" if first == "functions" or context.rng.random() < 0.4 else "it"
    session.user(
        _again(
            context, context.phrases.pick(*_SECOND[second], n=told), goal(context, file, [name]), always=told == "it"
        )
    )
    result = session.call(second, name=name)
    if len(places(result)) > 6:
        return None
    session.say(context.about((second, {"name": name}), result))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def conversation(context: ExpertContext) -> Example | None:
    """Make a row with two or three different requests about one file, one after the other."""
    offered = context.rng.choice(list(_TALKS))
    wanted = context.rng.sample(_TALKS[offered], context.rng.choice((2, 2, 3)))
    file = drawn(context, *wanted)
    session = None
    for request in wanted:
        ask = REQUESTS[request](context, file)
        if ask is None:
            return None
        intent, slots, call = ask
        text = context.phrases.ask(intent, **slots)
        if session is None:
            session = begin(context, offered, around(context, text, file))
        else:
            session.user(_again(context, text, goal(context, file)))
        result = session.call(call[0], **call[1])
        if result.startswith(("error: ", "no ")) or "[exit " in result:
            return None
        session.say(context.about(call, result))
    assert session is not None
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def narrowed(context: ExpertContext) -> Example | None:
    """Make a row whose search has too many hits and is done again in the file that the user names."""
    file = context.files.draw()
    name = context.rng.choice(file.functions).name
    user = around(context, context.phrases.ask("grep", pattern=name), file, [name])
    session = begin(context, context.rng.choice(("look", "run")), user)
    result = session.call("grep", pattern=name)
    if "\n..." not in result:
        return None
    session.say(context.about(("grep", {"pattern": name}), result))
    then = context.phrases.pick(
        "Too many. Only {p}, please.", "Narrow it to {p}.", "And in {p} alone?", "I only care about {p}.",
        "Leave the rest out; just {p}.", "Which of them are in {p}?", "Restrict that to {p}.", p=file.path,
    )  # fmt: skip
    session.user(_again(context, then, goal(context, file)))
    result = session.call("grep", pattern=name, path=file.path)
    if not places(result):
        return None
    session.say(context.about(("grep", {"pattern": name, "path": file.path}), result))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def paged(context: ExpertContext) -> Example | None:
    """Make a row that reads a file on from where the last lines ended."""
    file = context.files.draw()
    user = around(context, context.phrases.ask("read", path=file.path), file)
    session = begin(context, context.rng.choice(("look", "change", "run", "explore")), user)
    result = session.call("read_file", path=file.path)
    found = re.search(r"\[lines 1-(\d+) of (\d+)\]$", result)
    if not found or int(found[2]) - int(found[1]) < 6:
        return None
    session.say(context.about(("read_file", {"path": file.path}), result))
    then = context.phrases.pick(
        "Go on.", "And what comes after that?", "Read on.", "Next lines, please.", "Continue from there.",
        "Don't stop there.", "More of {p}, please.", "What follows in {p}?", p=file.path,
    )  # fmt: skip
    session.user(_again(context, then, goal(context, file), always=True))
    start = int(found[1]) + 1
    result = session.call("read_file", path=file.path, start=start)
    session.say(about("read_file", {"path": file.path}, result, context.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def change_of_mind(context: ExpertContext) -> Example | None:
    """Make a row with an edit that the user takes back, or wants otherwise."""
    file = context.files.draw()
    ask = REQUESTS["edit"](context, file)
    if ask is None:
        return None
    intent, slots, call = ask
    user = around(context, context.phrases.ask(intent, **slots), file)
    session = begin(context, context.rng.choice(("change", "repair")), user)
    if session.call(call[0], **call[1]).startswith("error"):
        return None
    session.say(context.about(call, session.messages[-1]["content"]))
    old, new = str(slots["new"]), str(slots["old"])
    if context.workspace.text(file.path).count(old) != 1:
        return None
    if "=" in old and context.rng.random() < 0.6:
        new = f"{old.split('=')[0]}={context.rng.randrange(11, 99)}"
        then = context.phrases.pick("Make that `{new}` after all.", "No, rather `{new}`.", "Hm, `{new}` is better.",
                                "Sorry, I meant `{new}`.", "On reflection: `{new}`.", new=new)  # fmt: skip
    else:
        then = context.phrases.pick(
            "Undo that: I want `{new}` back.", "No, put `{new}` back.", "Revert it to `{new}`, please.",
            "Sorry, `{new}` was right.", "My mistake. It has to stay `{new}`.", new=new,
        )  # fmt: skip
    session.user(_again(context, then, goal(context, file)))
    again = {"path": file.path, "old": old, "new": new}
    if session.call("edit_file", **again).startswith("error"):
        return None
    session.say(context.about(("edit_file", again), session.messages[-1]["content"]))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def write_then_read(context: ExpertContext) -> Example | None:
    """Make a row that writes a new file and reads it back, which cannot be done at once."""
    file = context.files.draw()
    ask = REQUESTS["write"](context, file)
    assert ask is not None
    intent, slots, call = ask
    clause = context.phrases.clause(intent, **slots)
    clause = clause[0].upper() + clause[1:]
    after = context.phrases.pick(
        "then read it back", "and show me the file afterwards", "then open it to check", "and print what is in it then",
        "then verify it by reading it", "and confirm its text when it is there",
    )  # fmt: skip
    session = begin(context, context.rng.choice(("change", "repair")), around(context, f"{clause}, {after}.", file))
    session.call(call[0], **call[1])
    result = session.call("read_file", path=slots["path"])
    if result.startswith("error"):
        return None
    session.say(
        context.phrases.pick("`{p}` is there and says `{c}`.", "Done, `{p}` reads: {c}", "It is in `{p}`: `{c}`.",
                         p=slots["path"], c=slots["content"])
    )  # fmt: skip
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def _again(context: ExpertContext, text: str, why: str, always: bool = False) -> str:
    """Write a later turn of the user, with a reason in half of them."""
    return f"{text} {why}" if always or context.rng.random() < 0.5 else text
