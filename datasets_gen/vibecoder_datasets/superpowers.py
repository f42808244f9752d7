"""Superpowers: a skill is named, announced and then really followed, step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets import bugs, features
from vibecoder_datasets.answers import places, total
from vibecoder_datasets.kit import Kit
from vibecoder_datasets.problem_solving import growth, trace

__all__ = ["SKILLS", "rows"]

CATEGORY = "superpowers"
SKILLS = {
    "brainstorming": "read what is there, offer a few ways, and let the user choose before any code",
    "writing-plans": "small steps, each with its file and its check",
    "systematic-debugging": "reproduce, isolate, repair, verify",
    "root-cause-tracing": "follow a symptom back to the line that causes it",
    "verification-before-completion": "no claim without a run",
    "test-driven-development": "red, green, refactor",
    "scale-game": "try the same at ten, a hundred and a thousand times the size",
    "inversion": "assume the opposite and see what breaks",
    "tracing-lineages": "before changing old code, find out who relies on it",
}


def announce(kit: Kit, skill: str) -> str:
    """The sentence that names the skill and what it means."""
    return kit.phrases.pick(
        "I'm using the skill {skill}: {rule}.",
        "Skill: {skill} ({rule}).",
        "Let me use the skill {skill}: {rule}.",
        skill=skill,
        rule=SKILLS[skill],
    )


def brainstorming(kit: Kit) -> Example | None:
    kit.workspace.reset()
    function = kit.functions.draw()
    node = re.match(r"def \w+\((.*)\)", kit.lines(function)[0])
    if node is None or not node[1]:
        return None
    wish = kit.rng.choice(
        (
            "more flexible",
            "safer against bad input",
            "easier to use",
            "ready for larger inputs",
            "clearer for new people",
        )
    )
    user = kit.phrases.pick(
        "I'd like `{name}` in {path} to be {wish}. Let's brainstorm.",
        "Brainstorm with me: how could `{name}` in {path} become {wish}?",
        "`{name}` in {path} should be {wish}. I have no design yet.",
        "Help me think: {path} has `{name}`, and I want it {wish}.",
        "How would you make `{name}` ({path}) {wish}? Ideas first, no code.",
        name=function.name,
        path=function.path,
        wish=wish,
    )
    session = kit.open(kit.rng.choice(("look", "change")), user)
    text = session.call("read_file", announce(kit, "brainstorming"), path=function.path)
    if f"def {function.name}(" not in text:
        return None
    argument = node[1].split(":")[0]
    options = (
        f"1. Check `{argument}` at the start and raise a clear error.\n"
        f"2. Give `{function.name}` one more argument with a default, so that callers stay as they are.\n"
        f"3. Add a second function beside `{function.name}` and leave this one alone."
    )
    session.say(f"I see three ways:\n{options}\nWhich one suits you?")
    choice = kit.rng.choice("123")
    session.user(kit.phrases.pick("Option {n}.", "I'd take {n}.", "Number {n}, please.", "Let's do {n}.", n=choice))
    step = {
        "1": f"`{function.name}` checks `{argument}` first and raises an error that names it; nothing else changes",
        "2": f"`{function.name}` gets one argument with a default; calls without it behave as today",
        "3": f"a new function in `{function.path}`; `{function.name}` stays as it is",
    }[choice]
    session.say(f"Then the design is: {step}. Shall I write the test for it first?")
    return session.record(CATEGORY, "collaboration", function.group, function.path)


def writing_plans(kit: Kit) -> Example | None:
    kit.workspace.reset()
    function = kit.functions.draw()
    test = bugs.test_of(function.path)
    error = kit.rng.choice(("ValueError", "TypeError"))
    user = kit.phrases.pick(
        "Write a plan: `{name}` in {path} shall raise {error} for bad input. Its tests are in {test}.",
        "Plan the work, don't do it yet: bad input to `{name}` ({path}) raises {error}; tests in {test}.",
        "I need a plan for making `{name}` in {path} raise {error} on bad input, with tests in {test}.",
        "How would you go about it? `{name}` of {path} must raise {error} for bad input; {test} has its tests.",
        name=function.name,
        path=function.path,
        error=error,
        test=test,
    )
    session = kit.open("change", user)
    calls = [("read_file", {"path": function.path}), ("run_tests", {"path": test})]
    text, result = session.calls(calls, announce(kit, "writing-plans"))
    if f"def {function.name}(" not in text or not bugs.is_green(result):
        return None
    session.say(
        f"{test} is green now ({bugs.outcome(result)}). The plan:\n"
        f"1. {test}: add a test that expects {error} from `{function.name}`.\n"
        f"2. Run {test} and see the new test fail.\n"
        f"3. {function.path}: raise {error} at the start of `{function.name}`.\n"
        f"4. Run {test}; all of it must pass."
    )
    return session.record(CATEGORY, "collaboration", function.group, function.path)


def systematic_debugging(kit: Kit) -> Example | None:
    bug = bugs.draw(kit)
    if bug is None:
        return None
    user = kit.phrases.pick(
        "{test} is red and I don't see why. The code is {path}. Go about it systematically.",
        "Don't guess: find out what is wrong in {path}. {test} shows it.",
        "I tried three random changes to {path} and {test} still fails. Please debug it properly.",
        "Systematic debugging, please: {path}, tests in {test}.",
        test=bug.test,
        path=bug.path,
    )
    session = kit.open("change", user, bug.setup)
    red = session.call("run_tests", announce(kit, "systematic-debugging") + " Reproduce:", path=bug.test)
    failed = bugs.failing(red)
    if not failed:
        return None
    session.call("read_file", f"Reproduced: `{failed[0]}` fails. Isolate:", path=bug.path)
    if not bugs.repair(session, bug, f"Isolated: `{bug.mutant.bad}`, {bug.mutant.why}. Repair and verify:"):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    session.say(
        f"Verified: {green}, where it was {bugs.outcome(red)}. "
        f"The cause was `{bug.mutant.bad}` in `{bug.function.name}`."
    )
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)


def verification(kit: Kit) -> Example | None:
    bug = bugs.draw(kit)
    if bug is None:
        return None
    broken = kit.rng.random() < 0.5
    user = kit.phrases.pick(
        "I changed `{name}` in {path}. Can I say it is done? Its tests are in {test}.",
        "`{name}` is finished, I think. Tell the team? ({test} has the tests.)",
        "Please confirm that my work on {path} is complete; {test} covers it.",
        "Is {path} ready to merge? The tests are {test}.",
        "I'm sure {path} works now. Close the task? Tests: {test}.",
        name=bug.function.name,
        path=bug.path,
        test=bug.test,
    )
    session = kit.open(kit.rng.choice(("change", "run")), user, bug.setup if broken else None)
    result = session.call("run_tests", announce(kit, "verification-before-completion"), path=bug.test)
    if bugs.is_green(result) == broken:
        return None
    if broken:
        if not bugs.failing(result):
            return None
        session.say(f"Not done yet: {bugs.outcome(result)}. `{bugs.failing(result)[0]}` fails, so I would not say so.")
    else:
        session.say(f"Yes. I ran {bug.test}: {bugs.outcome(result)}.")
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)


def test_driven(kit: Kit) -> Example | None:
    feature = features.draw(kit)
    if feature is None:
        return None
    user = kit.phrases.pick(
        '{path} needs `{name}` with the docstring "{summary}" Test-driven: {test} checks {checks}.',
        'Drive it by a test: {test} with {checks}, then `{name}` in {path}, docstring "{summary}"',
        'Use TDD for `{name}` in {path} ("{summary}"). {test}: {checks}.',
        **feature.slots,
    )
    session = kit.open("change", user, feature.setup)
    if not features.develop(kit, session, feature, announce(kit, "test-driven-development") + " Red:"):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    session.say(f"Green: {green}. There is nothing to refactor in `{feature.name}`.")
    return session.record(CATEGORY, "testing", feature.group, feature.path)


def inversion(kit: Kit) -> Example | None:
    """Assume the opposite of a condition; a failing test shows that the condition is needed."""
    bug = bugs.draw(kit)
    if bug is None or len(bug.mutant.good) > 70:
        return None
    user = kit.phrases.pick(
        "Is `{good}` in {path} really right? Try the inversion: what if it were `{bad}`? Tests: {test}.",
        "Invert it: in {path}, `{good}` becomes `{bad}`. What breaks in {test}? Put it back afterwards.",
        "Would anyone notice `{bad}` in place of `{good}` in {path}? Check with {test} and undo it.",
        good=bug.mutant.good,
        bad=bug.mutant.bad,
        path=bug.path,
        test=bug.test,
    )
    session = kit.open("change", user)
    session.call("edit_file", announce(kit, "inversion"), path=bug.path, old=bug.mutant.good, new=bug.mutant.bad)
    red = session.call("run_tests", path=bug.test)
    failed = bugs.failing(red)
    if not failed:
        return None
    if not bugs.repair(session, bug, f"`{failed[0]}` breaks. I put it back."):
        return None
    session.say(
        f"`{bug.mutant.good}` is needed: with `{bug.mutant.bad}` the test `{failed[0]}` fails ({bugs.outcome(red)}). "
        f"It is back, {bugs.outcome(session.messages[-1]['content'])}."
    )
    return session.record(CATEGORY, "problem-solving", bug.function.group, bug.path)


def lineage(kit: Kit) -> Example | None:
    """Who relies on old code, before it is changed."""
    function = kit.functions.draw()
    user = kit.phrases.pick(
        "`{name}` in {path} looks odd. May I simplify its signature?",
        "I want to change the arguments of `{name}` ({path}). Is that wise?",
        "Can we drop `{name}` from {path}? It seems old.",
        "`{name}` in {path} has been there for ages. What hangs on it?",
        "Before I redesign `{name}` in {path}: who relies on it?",
        name=function.name,
        path=function.path,
    )
    session = kit.open("explore", user)
    result = session.call("references", announce(kit, "tracing-lineages"), name=function.name)
    found = places(result)
    if not 1 <= len(found) <= 5:
        return None
    inside = all(path == function.path for path, _, _ in found)
    paths = sorted({path for path, _, _ in found if path != function.path})
    session.say(
        f"It has {total(result)}, "
        + (
            f"all in `{function.path}` itself, so a change stays local; it may still be part of the public API."
            if inside
            else f"and `{paths[0]}` relies on it too. Change it there as well, or keep the old form beside the new one."
        )
    )
    return session.record(CATEGORY, "architecture", function.group, function.path)


def scale_game(kit: Kit) -> Example | None:
    """Steps counted, not timed: the same numbers on every machine."""
    return growth(kit, CATEGORY, announce(kit, "scale-game"))


def root_cause(kit: Kit) -> Example | None:
    return trace(kit, CATEGORY, announce(kit, "root-cause-tracing"))


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All superpowers rows."""
    plan = ((brainstorming, 7), (writing_plans, 6), (systematic_debugging, 5), (verification, 4), (test_driven, 5))
    for expert, count in (*plan, (inversion, 4), (scale_game, 2), (root_cause, 3)):
        yield from kits["samples"].rows(expert, count)
    yield from kits["networkx"].rows(lineage, 2)
    yield from kits["sympy"].rows(lineage, 2)
