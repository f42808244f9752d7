"""Writes rows in which a question is answered, and what the answer shows leads to one suggestion."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.material import sites
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["suggestion"]

WISHES = (
    "How long is the code of `{name}` in {path}?", "What does `{name}` do first? It is in {path}.",
    "Show me the body of `{name}` ({path}).", "How many branches has `{name}` from {path}?",
    "I have to estimate `{name}` in {path}. Give me its numbers and the code.", "Read `{name}` in {path} for me.",
    "Is `{name}` ({path}) a large function?", "Give me the vital figures of `{name}`, {path}.",
    "What am I in for when I open `{name}` in {path}?", "Let me see `{name}`, {path}, and what it measures.",
    "How deep does `{name}` nest? File: {path}.", "Print `{name}` of {path} and its size.",
)  # fmt: skip
FIRST = ("", "Numbers first.", "I measure it.", "Let me measure and read it.", "First how large it is.")
ANSWERS = (
    "`{name}` has {size} and {paths}. While reading I noticed: {what}. Shall I change that?",
    "It has {size}, {paths}, {levels}. One suggestion, if you like: {what}. I can fix it and run its tests.",
    "{size} and {paths}, so says the tool. You didn't ask, but {what}. That would be a small edit.",
    "To your question: {size}, {paths}. And something for the list: {what}.",
    "`{name}`: {size} and {levels}. I'd improve one thing there: {what}. Your call.",
    "That makes {size} with {paths}. By the way, {what}; do you want me to take care of it?",
    "The figures are {size}, {paths} and {levels}. What I would do next, unasked: {what}. Say the word.",
    "{size} and {levels}. If you touch `{name}` anyway, look at this: {what}.",
)


def suggestion(context: ExpertContext) -> Example | None:
    """Make a row that measures and reads a function, and names the one thing worth doing that a rewrite finds."""
    found = sites.draw(context, context.rng.choice(("clean code", "clean code", "refactoring", "solid")))
    if found is None:
        return None
    path, name, before = found.function.path, found.site.name, found.improvement.before
    user = ask(context, WISHES, facts(context, found.function), name=name, path=path)
    session = context.open("craft", user)
    session.call("measure", context.phrases.pick(*FIRST), path=path, name=name)
    session.call("read_file", path=path, start=found.code, end=found.site.node.end_lineno)
    slots = {field: before.label(field) for field in ("paths", "levels")}
    session.say(
        context.phrases.pick(
            *ANSWERS, **slots, name=name, size=before.label("lines"), what=found.improvement.change.what
        )
    )
    return session.record("collaboration", "proactive suggestion", found.function.group, path)
