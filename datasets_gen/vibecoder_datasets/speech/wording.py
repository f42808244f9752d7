"""Words what users say around a request: where they come from, what they want it for and how, about which code."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from vibecoder_datasets.code.index import File
from vibecoder_datasets.material.context import ExpertContext

__all__ = ["around", "goal", "topic"]

_WHO = ("a colleague", "a new hire", "my reviewer", "a student", "the client", "someone on the list", "our tech lead",
        "a user", "the maintainer", "my mentor", "an auditor", "the other team")  # fmt: skip
_WHEN = ("this morning", "yesterday", "last sprint", "before lunch", "on Monday", "an hour ago", "on the train",
         "at the workshop", "over coffee", "in the retro", "last night", "just now")  # fmt: skip
_DOC = ("a wiki page", "the changelog", "a talk", "a blog post", "the release notes", "my thesis", "an internal guide",
        "a migration plan", "a design note", "the tutorial", "a bug report", "a code walk-through")  # fmt: skip
_DOING = ("writing {doc} on", "reviewing a patch to", "tracing a crash through", "porting", "teaching a class on",
          "comparing notes with {who} on", "reading up on", "estimating a change to", "cleaning up after", "profiling",
          "drawing a diagram of", "answering {who} about", "preparing {doc} on", "hunting a leak near",
          "checking an old claim on", "translating the docs of", "adding types around", "untangling")  # fmt: skip
_OPENERS = (
    "I'm {doing} {thing}.", "I'm {doing} {topic}.", "{when} I was {doing} {thing}.",
    "{when} {who} asked about {topic}.", "{who} wants to know about {thing}.", "We disagree on {topic}.",
    "My draft of {doc} mentions {thing}.", "{who} sent me a question on {topic} {when}.",
    "I lost the thread around {thing}.", "{thing} came up {when}.", "{topic}: that's my subject today.",
    "Still {doing} {thing} here.", "For {doc} I need facts on {topic}.", "{who} broke something near {thing} {when}.",
    "I touched {thing} {when} and want to be sure.", "There is little on {topic} in {doc}.", "Context: {topic}.",
    "I promised {who} an answer about {thing}.", "{who} and I looked at {thing} {when}.", "Working on {thing} at last.",
    "There's a passage on {topic} in {doc}.", "While {doing} {topic} I got stuck.", "It's about {topic}.",
    "{who} keeps mixing up {thing} and {other}.", "I know {other}, but {thing} is new to me.",
    "Between {thing} and {other} I'd start here.", "After {thing} comes this.", "{other} is done, {thing} is next.",
    "{who} thinks {topic} is simple.", "Nobody remembers why {thing} looks as it does.",
)  # fmt: skip
_GOALS = (
    "quote it in {doc}", "show it to {who}", "compare it with {thing}", "check what {who} told me {when}",
    "see how it bears on {topic}", "decide about {thing}", "put it into {doc}", "rule {thing} out",
    "know before I touch {thing}", "settle a bet with {who}", "follow it up from {thing}", "cite it next to {other}",
    "judge whether {who} was right {when}", "make sense of {topic}", "link it from {doc}", "look at {thing} next",
    "explain {topic} to {who}", "write {doc}", "get {thing} out of my head", "sort {thing} from {other}",
)  # fmt: skip
_REASONS = (
    "I want to {goal}.", "So that I can {goal}.", "That way I can {goal}.", "Then I'll {goal}.", "I'd like to {goal}.",
    "I have to {goal}.", "It helps me {goal}.", "Afterwards I {goal}.", "My plan is to {goal}.", "We must {goal}.",
)  # fmt: skip
_MANNERS = (
    "Brief is fine.", "Exact lines matter.", "Just the facts.", "Nothing fancy.", "Keep it to a sentence.",
    "No lecture, please.", "Don't change anything else.", "Only what you can see.", "I'm in a hurry.",
    "I'll take it from there.", "Plain words, please.", "First result is enough.", "You know this place better.",
)  # fmt: skip
_LEADS = ("Hi.", "Hello!", "Hey there.", "OK.", "Well,", "Me again.", "Small thing.", "Good morning!", "Alright.",
          "Hm,", "Next up.", "Say,", "Evening!", "One thing.", "Back to work.")  # fmt: skip
_LONGEST = 9
_ARTICLES = ("the ", "a ", "an ", "all ", "every ", "some ", "each ")


def around(context: ExpertContext, request: str, file: File, but: Sequence[str] = ()) -> str:
    """Put a request within what a user may say before and after it; `but` are names not to be mentioned."""
    if context.plain:
        return request
    rng = context.rng
    parts = [request]
    if rng.random() < 0.55:
        parts.insert(0, _filled(rng, rng.choice(_OPENERS), file, but))
    if rng.random() < 0.35:
        parts.append(goal(context, file, but))
    elif rng.random() < 0.2:
        parts.append(rng.choice(_MANNERS))
    if rng.random() < 0.1:
        parts.insert(0, rng.choice(_LEADS))
    return " ".join(parts)


def goal(context: ExpertContext, file: File, but: Sequence[str] = ()) -> str:
    """Write a sentence on what a user wants something for; `but` as in `around`."""
    rng = context.rng
    return _filled(rng, rng.choice(_REASONS).replace("{goal}", rng.choice(_GOALS)), file, but)


def topic(rng: random.Random, file: File) -> str:
    """Say what a function of the file is about by its docstring, or name the file where none says it shortly."""
    found = []
    for function in file.functions:
        words = re.sub(r"^\W*[A-Z][a-z]+s? (?=(the|an?|all|every|some|each) )", "", function.summary)
        words = words.split(". ")[0].rstrip(".:").strip()
        words = words[:1].lower() + words[1:]
        if words.startswith(_ARTICLES) and len(words.split()) <= _LONGEST and re.fullmatch(r"[\w ,'-]+", words):
            found.append(words)
        elif (
            words.startswith(("The ", "A ", "An "))
            and len(words.split()) <= _LONGEST
            and re.fullmatch(r"[\w -]+", words)
        ):
            found.append(words[0].lower() + words[1:])
    return rng.choice(found) if found else f"what {_stem(file)} does"


def _filled(rng: random.Random, form: str, file: File, but: Sequence[str]) -> str:
    """Fill the places of a form, those of the forms in them as well."""
    names = [f"`{function.name}`" for function in file.functions if function.name not in but]
    things = [*rng.sample(names, min(2, len(names))), _stem(file), file.folder if file.folder != "." else "this code"]
    rng.shuffle(things)
    form = form.replace("{doing}", rng.choice(_DOING))
    text = form.format(
        thing=things[0],
        other=things[1],
        topic=topic(rng, file),
        who=rng.choice(_WHO),
        when=rng.choice(_WHEN),
        doc=rng.choice(_DOC),
    )
    return text[0].upper() + text[1:] if text[0].isalpha() else text


def _stem(file: File) -> str:
    return file.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
