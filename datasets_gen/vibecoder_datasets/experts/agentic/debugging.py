"""Agentic rows on verified bugs: debugging to a green suite, and reviews that prove what they find."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["debugging", "review"]

CATEGORY = "agentic"
BROKEN = (
    "{test} is red since this morning, `{name}` from {path} is my suspect. Find the bug and fix it.",
    "`{case}` fails. Please debug `{name}` in {path}.",
    "Something broke `{name}` ({path}); {node} shows it. Repair it.",
    "Make {node} pass again. The code under test is `{name}`, {path}.",
    "CI stops at {node}. The change that day was in `{name}`; set it right.",
    "`{name}` gives wrong results, says `{case}`. Reproduce that, find the line, mend it.",
    "Can you find out why {node} fails and get {test} green?",
    "I must have slipped while editing `{name}` in {path}: `{case}` fails now.",
    "There's a bug in `{name}`. Its tests are in {test}; `{case}` catches it.",
    "Why does `{case}` complain about `{name}`? Debug it, fix {path}.",
    "A one-line mistake hides in `{name}` ({path}). {test} knows about it, I don't.",
    "Debug {node} for me, please; begin at `{name}`.",
    "Get {test} back to green: `{case}` fails because of `{name}`, I believe.",
    "`{name}` used to work. Now {node} is red. What happened in {path}?",
)
LOOK = (
    "`{case}` fails, so it is reproduced. Where is `{name}`?", "Reproduced: `{case}`. Now the code.",
    "Red. I look up `{name}`.",
    "It fails as you said. Let me find `{name}`.", "I can see it fail; next the definition.", "",
    "Same here: `{case}` is red.",
)  # fmt: skip
FOUND = (
    "The line `{bad}` is wrong: {why}.", "Here it is, `{bad}`: {why}.", "`{bad}` cannot be right, {why}.",
    "I see it. With `{bad}`, {why}.", "Look at `{bad}`; {why}.", "The cause is `{bad}`: {why}.",
    "`{bad}` is the culprit: {why}. A patch of one line will do.",
)  # fmt: skip
DONE = (
    "Fixed: `{name}` in `{path}` now has `{good}`. It was {red} before, now the whole of {test} gives {green}.",
    "The bug was one line in `{path}`; it reads `{good}` now. {test}: {green}.",
    "Done. `{bad}` became `{good}`, because {why}. Tests: {green}.",
    "{test} is green ({green}). I changed `{bad}` to `{good}` in `{name}` and nothing else.",
    "`{case}` passes again, and so does the rest of {test}: {green}. The line is `{good}`.",
    "Repaired and verified, {green}. In `{name}`, {why} when it says `{bad}`.",
)


def debugging(context: ExpertContext) -> Example | None:
    """Make a row that reproduces a bug, reads the code, repairs it and runs all tests."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    session = context.open(
        "repair",
        ask(context, BROKEN, facts(context, bug.tested, bug.mutant.good), must=[bug.test], **bug.slots),
        bug.setup,
    )
    say = context.phrases.pick(
        "", "", "First I reproduce it.", "Let me see it fail.", "I run the test first.", "Reproduce:"
    )
    whole = context.rng.random() < 0.3
    red = session.call("run_tests", say, path=bug.test if whole else bug.node)
    failed = bugs.failing(red)
    if not failed or bug.function.name not in red + session.messages[1]["content"]:
        return None
    look = context.phrases.pick(*LOOK, case=failed[0], name=bug.function.name)
    if bug.mutant.bad not in bugs.read_function(session, bug.function, look):
        return None
    slots = {**bug.slots, "why": bug.mutant.why, "case": failed[0]}
    if not bugs.repair(session, bug, context.phrases.pick(*FOUND, **slots)):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    session.say(context.phrases.pick(*DONE, **slots, red=bugs.outcome(red), green=green))
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)


REVIEWED = (
    "Review `{name}` in {path}, please. Its tests are in {test}.",
    "Can you review `{name}` ({path})? Prove what you suspect with {test}.",
    "Code review: `{name}` from {path}, tests in {test}.", "Before I merge, look over `{name}` and run {test}.",
    "Would you approve `{name}` in {path}? {test} covers it.",
    "Second pair of eyes on `{name}`, please. File {path}, tests {test}.",
    "I touched `{name}` in {path}. Anything wrong with it? Use {test}.",
    "Comments on `{name}` ({path})? Don't change it, just review.",
    "Please read `{name}` critically and check it against {test}.",
    "Is `{name}` good enough to ship? {test} has its tests.",
    "Reviewer wanted: {path}, function `{name}`, test file {test}.",
    "What would you say to `{name}` in a review? Run {test} as well.",
    "Merge request touches `{name}` in {path}. Verdict? Tests: {test}.",
    "Look at `{name}` the way a strict reviewer would, with {test} at hand.",
)  # fmt: skip
FINDING = (
    "Change `{bad}` in `{name}`: {why}, and `{case}` fails ({outcome}). I suggest:{patch}",
    "One finding. `{bad}` in `{name}`: {why}, so `{case}` fails ({outcome}). I suggest:{patch}",
    "Not yet: {outcome}. `{case}` fails since `{name}` has `{bad}` and {why}. Better:{patch}",
    "I would block this one. `{bad}`: {why}. `{case}` proves it, {outcome}. In its place:{patch}",
    "Request changes. The tests give {outcome}; the reason is `{bad}`, where {why}. Proposal:{patch}",
    "There is a bug: {why} in `{bad}`. See `{case}` ({outcome}). This repairs it:{patch}",
)
APPROVED = (
    "I'd approve `{name}`: I read it in `{path}`, and {test} gives {outcome}.",
    "No findings. `{name}` does what I expect from reading it, and the tests agree ({outcome}).",
    "Approved: {outcome} in {test}, and nothing in `{name}` looks wrong to me.",
    "Fine by me. I read `{name}` and ran {test}: {outcome}.",
)


def review(context: ExpertContext) -> Example | None:
    """Make a row whose review finds a real bug and proves it by a failing test, or finds none; it changes nothing."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    broken = context.rng.random() < 0.75
    user = ask(context, REVIEWED, facts(context, bug.tested, bug.mutant.good), must=[bug.test], **bug.slots)
    session = context.open(context.rng.choice(("repair", "trial")), user, bug.setup if broken else None)
    say = context.phrases.pick("", "I read it first.", "First the code.", "Let me find it.", "To the definition.")
    text = bugs.read_function(session, bug.function, say)
    if (bug.mutant.bad if broken else bug.mutant.good) not in text:
        return None
    doubt = ("`{bad}` makes me doubt. The tests will tell.", "I'd like to see what the tests say to `{bad}`.", "")
    say = context.phrases.pick(*doubt, bad=bug.mutant.bad) if broken else context.phrases.pick("", "Now the tests.")
    result = session.call("run_tests", say, path=bug.test)
    if bugs.is_green(result) == broken:
        return None
    if broken:
        if not bugs.failing(result):
            return None
        patch = f"\n```python\n{bug.mutant.good}\n```"
        slots = {**bug.slots, "case": bugs.failing(result)[0], "patch": patch, "why": bug.mutant.why}
        session.say(context.phrases.pick(*FINDING, **slots, outcome=bugs.outcome(result)))
    else:
        session.say(context.phrases.pick(*APPROVED, **bug.slots, outcome=bugs.outcome(result)))
    return session.record(CATEGORY, "review", bug.function.group, bug.path)
