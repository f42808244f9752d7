"""Superpowers rows on architecture: who relies on old code, and two ways that both have their users."""

from __future__ import annotations

from difflib import SequenceMatcher

from vibecoder.types import Example
from vibecoder.workspace.sources import is_test
from vibecoder_datasets.code.tested import body
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import ask, facts
from vibecoder_datasets.words.answers import first_place, places, total

__all__ = ["lineage", "tension"]

CATEGORY, SUBCATEGORY = "superpowers", "architecture"
OLD = (
    "`{name}` in {path} looks odd. May I simplify its signature?",
    "I want to change the arguments of `{name}` ({path}). Is that wise?",
    "Can we drop `{name}` from {path}? It seems old.", "`{name}` in {path} has been there for ages. What hangs on it?",
    "Before I redesign `{name}`: who relies on it, and why is it as it is?",
    "Is `{name}` a relic? I'd delete it today.",
    "Somebody wrote `{name}` long ago. Where does it come from, what needs it?",
    "How safe is it to touch `{name}` in {path}?",
    "I'd like to replace `{name}` by something modern. Objections?",
    "What is the history behind `{name}`, as far as the code tells?",
    "Archaeology, please: `{name}`, its users, its tests.",
)  # fmt: skip


def lineage(context: ExpertContext) -> Example | None:
    """Make a row that finds where old code is defined, who uses it and what tests promise, before judging it."""
    context.workspace.reset()
    function = context.functions.draw()
    first, last = body(context.workspace, function)
    if not first or last - first > bugs.LONGEST:
        return None
    user = ask(context, OLD, facts(context, function), name=function.name, path=function.path)
    session, say = with_skill("tracing-lineages")(context, "explore", user, {})
    bugs.read_function(session, function, say or context.phrases.pick("First the definition.", "Where is it?"))
    result = session.call(
        "references", context.phrases.pick("Who uses it?", "Now everybody who relies on it.", ""), name=function.name
    )
    found = places(result)
    if not found or len(found) > 8:
        return None
    tests = [place for place in found if is_test(place[0])]
    code = [place for place in found if not is_test(place[0]) and place[0] != function.path]
    if tests:
        path, line, _ = tests[-1]
        say = context.phrases.pick("What did the tests promise?", "One of the tests:", "I look at a promise.")
        session.call("read_file", say, path=path, start=max(1, line - 3), end=line + 3)
    promised = (
        f" The tests hold it to something, see `{tests[-1][0]}:{tests[-1][1]}`." if tests else " No test mentions it."
    )
    judged = (
        f"`{code[0][0]}` relies on it, so keep the old form working beside any new one."
        if code
        else "Outside its own file only tests use it here; still, it can be imported, so others may."
        if tests
        else "All uses are in its own file, so a change stays local."
    )
    session.say(
        context.phrases.pick(
            "`{name}` has {total}. {judged}{promised}",
            "{judged}{promised} In all there are {total}.",
            "I found {total} of `{name}`.{promised} {judged}",
            name=function.name, total=total(result), judged=judged, promised=promised,
        )
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, function.group, function.path)


PAIR = (
    "`{one}` and `{two}` in {path} do nearly the same. Merge them?",
    "Why do we have both `{one}` and `{two}`? I'd keep one.",
    "Let's get rid of either `{one}` or `{two}` ({path}). Which?", "Isn't `{two}` redundant, given `{one}`?",
    "A reviewer calls `{one}` a duplicate of `{two}`. Is it?", "Decide for me: `{one}` or `{two}`?",
    "Two ways to do one thing, `{one}` and `{two}`. Bad design or on purpose?",
    "Unify `{one}` with `{two}`, or explain why that's a bad idea.",
    "Is it the right time to fold `{two}` into `{one}`?",
    "{path} offers `{one}` as well as `{two}`. Somebody must be wrong.",
)  # fmt: skip


def tension(context: ExpertContext) -> Example | None:
    """Make a row about two similar functions of one file: who uses each decides whether both stay."""
    context.workspace.reset()
    one = context.functions.draw()
    near = [
        other
        for other in context.code_index.functions
        if other.path == one.path and other.name != one.name and not other.is_class
        and SequenceMatcher(None, one.name, other.name).ratio() > 0.6
    ]  # fmt: skip
    if not near or any(body(context.workspace, each)[0] == 0 for each in (one, near[0])):
        return None
    two = max(near, key=lambda other: SequenceMatcher(None, one.name, other.name).ratio())
    slots = {"one": one.name, "two": two.name, "path": one.path}
    about = [fact for fact in facts(context, one) + facts(context, two) if "confuse" not in fact]
    session, say = with_skill("preserving-tensions")(context, "explore", ask(context, PAIR, about, **slots), {})
    where = session.calls(
        [("definition", {"name": one.name}), ("definition", {"name": two.name})], say or "The two ways:"
    )
    if any(not places(result) for result in where):
        return None
    for result in where:
        path, first, last = first_place(result)
        session.call("read_file", path=path, start=max(first, last - 9), end=last)
    uses = session.calls(
        [("references", {"name": one.name}), ("references", {"name": two.name})],
        context.phrases.pick("Who uses each?", "And their users:", "What would be lost without either?"),
    )
    counts = [len(places(result)) for result in uses]
    if counts[0] and counts[1]:
        verdict = context.phrases.pick(
            "Both are used: `{one}` has {first}, `{two}` {second}. Keep both, and say in each docstring when "
            "to take the other.",
            "I would keep both. `{one}`: {first}; `{two}`: {second}. Neither could go without work for its "
            "users; a sentence on the choice helps more.",
            "The tension is productive: {first} for `{one}`, {second} for `{two}`. Don't merge; write down "
            "which is for what.",
            one=one.name, two=two.name, first=total(uses[0]), second=total(uses[1]),
        )  # fmt: skip
    elif counts[0] or counts[1]:
        used, idle = (one, two) if counts[0] else (two, one)
        verdict = (
            f"`{used.name}` has {total(uses[0 if counts[0] else 1])}, `{idle.name}` none in this project. "
            f"If it is not meant for others, `{idle.name}` can be announced as old first, then dropped."
        )
    else:
        return None
    session.say(verdict)
    return session.record(CATEGORY, SUBCATEGORY, one.group, one.path)
