"""Conversations in which the user comes back: a second question, a narrower one, a change of mind."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.experts.tool_use.asks import REQUESTS
from vibecoder_datasets.material.kit import Kit
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


def follow_up(kit: Kit) -> Example | None:
    """Make a row with two questions by the user, the second about a name from the first answer."""
    first, second = kit.rng.choice(
        (("definition", "references"), ("functions", "definition"), ("references", "definition"))
    )
    file = drawn(kit, "definition")
    ask = REQUESTS[first](kit, file)
    assert ask is not None
    intent, slots, call = ask
    offered = kit.rng.choice(("navigate", "explore", "atlas"))
    session = begin(kit, offered, around(kit, kit.phrases.ask(intent, **slots), file, [str(slots.get("name"))]))
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
    told = f"`{name}`" if first == "functions" or kit.rng.random() < 0.4 else "it"
    session.user(_again(kit, kit.phrases.pick(*_SECOND[second], n=told), goal(kit, file, [name]), always=told == "it"))
    result = session.call(second, name=name)
    if len(places(result)) > 6:
        return None
    session.say(kit.about((second, {"name": name}), result))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def conversation(kit: Kit) -> Example | None:
    """Make a row with two or three different requests about one file, one after the other."""
    offered = kit.rng.choice(list(_TALKS))
    wanted = kit.rng.sample(_TALKS[offered], kit.rng.choice((2, 2, 3)))
    file = drawn(kit, *wanted)
    session = None
    for request in wanted:
        ask = REQUESTS[request](kit, file)
        if ask is None:
            return None
        intent, slots, call = ask
        text = kit.phrases.ask(intent, **slots)
        if session is None:
            session = begin(kit, offered, around(kit, text, file))
        else:
            session.user(_again(kit, text, goal(kit, file)))
        result = session.call(call[0], **call[1])
        if result.startswith(("error: ", "no ")) or "[exit " in result:
            return None
        session.say(kit.about(call, result))
    assert session is not None
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def narrowed(kit: Kit) -> Example | None:
    """Make a row whose search has too many hits and is done again in the file that the user names."""
    file = kit.files.draw()
    name = kit.rng.choice(file.functions).name
    user = around(kit, kit.phrases.ask("grep", pattern=name), file, [name])
    session = begin(kit, kit.rng.choice(("look", "run")), user)
    result = session.call("grep", pattern=name)
    if "\n..." not in result:
        return None
    session.say(kit.about(("grep", {"pattern": name}), result))
    then = kit.phrases.pick(
        "Too many. Only {p}, please.", "Narrow it to {p}.", "And in {p} alone?", "I only care about {p}.",
        "Leave the rest out; just {p}.", "Which of them are in {p}?", "Restrict that to {p}.", p=file.path,
    )  # fmt: skip
    session.user(_again(kit, then, goal(kit, file)))
    result = session.call("grep", pattern=name, path=file.path)
    if not places(result):
        return None
    session.say(kit.about(("grep", {"pattern": name, "path": file.path}), result))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def paged(kit: Kit) -> Example | None:
    """Make a row that reads a file on from where the last lines ended."""
    file = kit.files.draw()
    user = around(kit, kit.phrases.ask("read", path=file.path), file)
    session = begin(kit, kit.rng.choice(("look", "change", "run", "explore")), user)
    result = session.call("read_file", path=file.path)
    found = re.search(r"\[lines 1-(\d+) of (\d+)\]$", result)
    if not found or int(found[2]) - int(found[1]) < 6:
        return None
    session.say(kit.about(("read_file", {"path": file.path}), result))
    then = kit.phrases.pick(
        "Go on.", "And what comes after that?", "Read on.", "Next lines, please.", "Continue from there.",
        "Don't stop there.", "More of {p}, please.", "What follows in {p}?", p=file.path,
    )  # fmt: skip
    session.user(_again(kit, then, goal(kit, file), always=True))
    start = int(found[1]) + 1
    result = session.call("read_file", path=file.path, start=start)
    session.say(about("read_file", {"path": file.path}, result, kit.rng.randrange(12)))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def change_of_mind(kit: Kit) -> Example | None:
    """Make a row with an edit that the user takes back, or wants otherwise."""
    file = kit.files.draw()
    ask = REQUESTS["edit"](kit, file)
    if ask is None:
        return None
    intent, slots, call = ask
    user = around(kit, kit.phrases.ask(intent, **slots), file)
    session = begin(kit, kit.rng.choice(("change", "repair")), user)
    if session.call(call[0], **call[1]).startswith("error"):
        return None
    session.say(kit.about(call, session.messages[-1]["content"]))
    old, new = str(slots["new"]), str(slots["old"])
    if kit.workspace.text(file.path).count(old) != 1:
        return None
    if "=" in old and kit.rng.random() < 0.6:
        new = f"{old.split('=')[0]}={kit.rng.randrange(11, 99)}"
        then = kit.phrases.pick("Make that `{new}` after all.", "No, rather `{new}`.", "Hm, `{new}` is better.",
                                "Sorry, I meant `{new}`.", "On reflection: `{new}`.", new=new)  # fmt: skip
    else:
        then = kit.phrases.pick(
            "Undo that: I want `{new}` back.", "No, put `{new}` back.", "Revert it to `{new}`, please.",
            "Sorry, `{new}` was right.", "My mistake. It has to stay `{new}`.", new=new,
        )  # fmt: skip
    session.user(_again(kit, then, goal(kit, file)))
    again = {"path": file.path, "old": old, "new": new}
    if session.call("edit_file", **again).startswith("error"):
        return None
    session.say(kit.about(("edit_file", again), session.messages[-1]["content"]))
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def write_then_read(kit: Kit) -> Example | None:
    """Make a row that writes a new file and reads it back, which cannot be done at once."""
    file = kit.files.draw()
    ask = REQUESTS["write"](kit, file)
    assert ask is not None
    intent, slots, call = ask
    clause = kit.phrases.clause(intent, **slots)
    clause = clause[0].upper() + clause[1:]
    after = kit.phrases.pick(
        "then read it back", "and show me the file afterwards", "then open it to check", "and print what is in it then",
        "then verify it by reading it", "and confirm its text when it is there",
    )  # fmt: skip
    session = begin(kit, kit.rng.choice(("change", "repair")), around(kit, f"{clause}, {after}.", file))
    session.call(call[0], **call[1])
    result = session.call("read_file", path=slots["path"])
    if result.startswith("error"):
        return None
    session.say(
        kit.phrases.pick("`{p}` is there and says `{c}`.", "Done, `{p}` reads: {c}", "It is in `{p}`: `{c}`.",
                         p=slots["path"], c=slots["content"])
    )  # fmt: skip
    return session.record(CATEGORY, "multi-turn", file.group, file.path)


def _again(kit: Kit, text: str, why: str, always: bool = False) -> str:
    """Write a later turn of the user, with a reason in half of them."""
    return f"{text} {why}" if always or kit.rng.random() < 0.5 else text
