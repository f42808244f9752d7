"""Writes rows in which a name has two definitions, so that the user has to say which one is meant."""

from __future__ import annotations

import weakref

from vibecoder.types import Example
from vibecoder.workspace.files import Workspace
from vibecoder.workspace.tools.definitions import definitions
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts, reply
from vibecoder_datasets.words.answers import places, total

__all__ = ["clarifying"]

_LONGEST_READ = 11
WISHES = (
    "Show me `{name}`.", "What does `{name}` return?", "Explain `{name}` to me, please.",
    "I want to change `{name}`. Open it.",
    "Is there anything odd about `{name}`?", "Which arguments does `{name}` take?", "How does `{name}` begin?",
    "I need the code of `{name}` for a talk.", "Walk me through the first lines of `{name}`.",
    "`{name}`: what is it for?",
    "Can you open `{name}` so that I see what it checks?", "Someone asked what `{name}` is good for. Look it up.",
    "Read `{name}` and tell me how it starts.", "I'd like to copy the signature of `{name}`.",
    "We plan to deprecate `{name}`. Let me see it first.", "Find `{name}`, I have a question on it.",
)  # fmt: skip
WHY = (
    "",
    "I look the name up.",
    "First, where it is defined.",
    "Let me find it.",
    "Where is that?",
    "To its definition.",
)
QUESTIONS = (
    "There are two definitions of `{name}`: `{a}:{x}` and `{b}:{y}`. Which one do you mean?",
    "`{name}` is defined twice, at `{a}:{x}` and at `{b}:{y}`. Which shall I take?",
    "Which `{name}`? One is at `{a}:{x}`, the other at `{b}:{y}`.",
    "I found `{name}` at `{a}:{x}` and again at `{b}:{y}`. I'd rather ask than guess: which is it?",
    "That name fits both `{a}:{x}` and `{b}:{y}`. Tell me which and I go on.",
    "Before I read the wrong one: `{a}:{x}` or `{b}:{y}`?",
    "`{a}:{x}` has a `{name}`, and so has `{b}:{y}`. Yours is the first or the second?",
)
ANSWERS = (
    "The one at {p}.", "I mean {p}.", "{p}, please.", "Take {p}.", "Sorry, {p}.", "{p} it is.", "Oh, two? Then {p}.",
    "Good that you ask: {p}.", "The one in {f}.", "I work on {f}, so that one.", "{f}, the other is of no interest.",
    "Not sure there were two! {p}.", "Let's say {p}.",
)  # fmt: skip
_TWICE: weakref.WeakKeyDictionary[Workspace, dict[str, list[Function]]] = weakref.WeakKeyDictionary()


def clarifying(context: ExpertContext) -> Example | None:
    """Make a row that looks a name up, finds two definitions, asks, and reads the one that the user meant."""
    context.workspace.reset()
    found = _twice(context).get(context.files.draw().path, [])
    if not found:
        return None
    first = context.rng.choice(found)
    name = first.name
    session = context.open(
        context.rng.choice(("explore", "rework", "atlas")), ask(context, WISHES, facts(context, first), name=name)
    )
    known = places(session.call("definition", context.phrases.pick(*WHY), name=name))
    if len(known) != 2:
        return None
    (one, line, _), (other, another, _) = known
    session.say(context.phrases.pick(*QUESTIONS, name=name, a=one, x=line, b=other, y=another))
    path, start, end = context.rng.choice(known)
    forms = ANSWERS if one != other else tuple(form for form in ANSWERS if "{p}" in form)
    session.user(reply(context, *forms, p=f"{path}:{start}", f=path))
    text = session.call("read_file", path=path, start=start, end=min(end, start + _LONGEST_READ))
    head = text.splitlines()[0].strip()
    session.say(
        context.phrases.pick(
            "`{name}` of `{path}`, {span}. It begins with `{head}`",
            "Then this is it: {span} of `{path}`, beginning with `{head}`",
            "Here it is, {span}. The signature reads `{head}`",
            "That one starts with `{head}` and you see {span} of `{path}`.",
            "Thanks. In `{path}` it reads `{head}`, {span}.",
            name=name, path=path, span=total(text), head=head.replace("`", ""),
        )
    )  # fmt: skip
    return session.record("collaboration", "clarifying question", first.group, first.path)


def _twice(context: ExpertContext) -> dict[str, list[Function]]:
    """Group the functions that have a namesake elsewhere in the project by the path of the first of the two."""
    if context.workspace not in _TWICE:
        names: dict[str, list[Function]] = {}
        for path, group in context.code_index.group.items():
            for node in definitions(context.workspace, path) if path.endswith(".py") else ():
                if not node.decorator_list:  # a property and its setter are one thing
                    end = node.end_lineno or node.lineno
                    names.setdefault(node.name, []).append(
                        Function(path, node.name, node.lineno, end, "", group, False)
                    )
        found: dict[str, list[Function]] = {}
        for name, functions in sorted(names.items()):
            if len(functions) == 2 and len(name) > 4 and not name.startswith("_") and not name.startswith("test"):
                found.setdefault(functions[0].path, []).append(functions[0])
        _TWICE[context.workspace] = found
    return _TWICE[context.workspace]
