"""Superpowers rows that debug: systematic debugging, and no claim of success without a run."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.experts.problem_solving.fixing import root_cause_row
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["root_cause", "systematic_debugging", "verification"]

CATEGORY = "superpowers"
RED = (
    "{node} is red and I don't see why. The code is `{name}` in {path}. Go about it systematically.",
    "Don't guess: find out what is wrong with `{name}`. `{case}` shows it.",
    "I tried three random changes to {path} and `{case}` still fails. Please debug `{name}` properly.",
    "Systematic debugging, please: `{name}` in {path}, failing test {node}.",
    "No more trial and error on `{name}`. {node} fails; show me how it's done step by step.",
    "`{case}` went red. I want reproduction, isolation and proof, in that order, for `{name}`.",
    "What is the disciplined way to get {node} green? Do that with `{name}`.",
    "Use a method, not luck: `{name}` ({path}) breaks `{case}`.",
    "We patched `{name}` twice and {node} is still red. Start over, carefully.",
)
FOUND = (
    "YELLOW: `{bad}` in `{name}`, {why}. GREEN, that line and nothing else:",
    "Isolated: `{bad}`, {why}. Repair and verify:", "What is wrong is `{bad}`: {why}. One change, then all tests:",
    "In one sentence: {why} in `{bad}`. Now the repair.", "So the cause is `{bad}`, where {why}. I change only that.",
)  # fmt: skip
LOOK = ("RED: `{case}` fails. YELLOW: isolate.", "Reproduced, `{case}`. Isolate:", "`{case}`. What code is behind it?")


def systematic_debugging(context: ExpertContext) -> Example | None:
    """Make a row that reproduces a bug, isolates it, repairs it and verifies the repair."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    user = ask(context, RED, facts(context, bug.tested, bug.mutant.good), must=[bug.test], **bug.slots)
    session, say = with_skill("systematic-debugging")(context, "repair", user, bug.setup)
    say = f"{say} {context.phrases.pick('RED: reproduce.', 'Reproduce:', 'RED first.')}".strip()
    red = session.call("run_tests", say, path=bug.node)
    failed = bugs.failing(red)
    if not failed or bug.function.name not in user + red:
        return None
    look = context.phrases.pick(*LOOK, case=failed[0])
    if bug.mutant.bad not in bugs.read_function(session, bug.function, look):
        return None
    if not bugs.repair(session, bug, context.phrases.pick(*FOUND, **bug.slots, why=bug.mutant.why)):
        return None
    session.say(
        context.phrases.pick(
            "GREEN: {green}, where it was {red}. The cause was `{bad}` in `{name}`.",
            "Verified with all of {test}: {green}. It was `{bad}`, now it is `{good}`.",
            "Reproduced ({red}), isolated (`{bad}`), repaired (`{good}`), verified ({green}).",
            "Done by the method: {why} in `{bad}`, repaired, and {test} gives {green}.",
            **bug.slots, why=bug.mutant.why, red=bugs.outcome(red), green=bugs.outcome(session.messages[-1]["content"]),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)


def root_cause(context: ExpertContext) -> Example | None:
    """Make a row that follows a symptom in one function to its cause in the one it calls."""
    return root_cause_row(context, CATEGORY, "debugging", with_skill("root-cause-tracing"))


CLAIM = (
    "I changed `{name}` in {path}. Can I say it is done? Its tests are in {test}.",
    "`{name}` is finished, I think. Tell the team? {test} has the tests.",
    "Please confirm that my work on `{name}` is complete; {test} covers it.",
    "Is `{name}` ready to merge? The tests are {test}.",
    "I'm sure `{name}` in {path} works now. Close the task? Tests: {test}.",
    'Just write "fixed" under the ticket for `{name}`, would you? ({test})',
    "{path} should be fine after my edit of `{name}`. Agreed? See {test}.",
    "May I tell the customer that `{name}` works? What we have is {test}.",
    "Looks good to me: `{name}`. Approve it so that we can go home. {test} if you insist.",
    "I didn't run {test}, but `{name}` can't be wrong any more. Sign off?",
    "Mark `{name}` ({path}) as done, please. I think {test} passes.",
)
NO = (
    "Not done yet: {red}. `{case}` fails, so I would not say so.", "No. I ran {test}: {red}, beginning with `{case}`.",
    "I can't confirm that. {test} gives {red}; see `{case}`.",
    "It is not finished: `{case}` is red ({red}). Shall I look for the cause?",
    "Please don't close it. The run says {red}, and `{case}` is the first to fail.",
)  # fmt: skip
YES = (
    "Yes. I ran {test}: {green}.", "Confirmed by a run just now: {green} in {test}.",
    "You can say so: {test}, {green}.",
    "It is, as far as {test} goes: {green}.", "Yes, with evidence: {green}, exit code zero, {test}.",
)  # fmt: skip


def verification(context: ExpertContext) -> Example | None:
    """Make a row that checks a claim by running its tests, and contradicts it where they fail."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    broken = context.rng.random() < 0.6
    user = ask(context, CLAIM, facts(context, bug.tested, bug.mutant.good), must=[bug.test], **bug.slots)
    begin = with_skill("verification-before-completion")
    session, say = begin(context, context.rng.choice(("change", "run", "repair")), user, bug.setup if broken else {})
    say = say or context.phrases.pick("What proves it is {test}.", "The command is a run of {test}.", "", test=bug.test)
    result = session.call("run_tests", say, path=bug.test)
    failed = bugs.failing(result)
    if bugs.is_green(result) == broken or broken != bool(failed):
        return None
    if broken:
        session.say(context.phrases.pick(*NO, test=bug.test, red=bugs.outcome(result), case=failed[0]))
    else:
        session.say(context.phrases.pick(*YES, test=bug.test, green=bugs.outcome(result)))
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)
