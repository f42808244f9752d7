"""Superpowers rows on working together: a plan carried out, tasks with a brief each, reviews asked for and received."""

from __future__ import annotations

from vibecoder.types import Example
from vibecoder_datasets.experts.agentic.planning import carry_out, draw_guard
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import ask, facts, reply

__all__ = ["delegating", "executing_plans", "receiving_review", "requesting_review"]

CATEGORY, SUBCATEGORY = "superpowers", "collaboration"
CARRY = (
    "The plan is in {plan}. Carry it out.", "Please execute {plan}; it is about `{name}`.",
    "Work through {plan} and report when it's done.",
    "We agreed on {plan} yesterday. Do it step by step.", "{plan} is approved. `{name}` is yours.",
    "Follow {plan} to the letter, stop at any red check that should be green.",
    "Take over from me: {plan}, not started. It changes `{name}` in {path}.",
    "Implement what {plan} says. {path} and {test} are affected.",
)  # fmt: skip


def executing_plans(context: ExpertContext) -> Example | None:
    """Make a row that reads a written plan, follows it with a check at each step, and reports on it."""
    guard = draw_guard(context)
    if guard is None:
        return None
    tested = guard.tested
    plan = f"plans/{tested.name}.md"
    text = (
        f"# `{tested.name}` refuses None\n1. Write {guard.test}: None as `{guard.argument}` raises {guard.error}.\n"
        f"2. Run it; it must fail.\n3. {tested.path}: raise {guard.error} before `{guard.anchor.strip()}`.\n"
        f"4. Run {guard.test}; it must pass.\n5. Run {tested.test}; it must pass.\n"
    )
    user = ask(context, CARRY, facts(context, tested), **guard.slots, plan=plan)
    session, say = with_skill("executing-plans")(context, "change", user, {plan: text})
    session.call(
        "read_file", say or context.phrases.pick("The plan first.", "I read it.", "What does it say?"), path=plan
    )
    if not carry_out(session, guard, context.phrases.pick("Step 1:", "It has five steps. Step 1:", "Clear. Step 1:")):
        return None
    runs = [bugs.outcome(message["content"]) for message in session.messages if message.get("name") == "run_tests"]
    session.say(
        context.phrases.pick(
            "{plan} is done. The new test went from {red} to {green}; {old_test}: {last}.",
            "Report: all steps of {plan} taken, every check as expected ({red}, {green}, {last}).",
            "Carried out. `{name}` raises {error} for None; checks: {red}, then {green}, then {last} in {old_test}.",
            **guard.slots, plan=plan, red=runs[0], green=runs[1], last=runs[2],
        )
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, tested.function.group, tested.path)


TWO = (
    "Two things are red: {one} and {two}. Split the work and do it.",
    "Please handle {one} and {two} as separate tasks, with a brief for each.",
    "{one} fails, so does {two}. They have nothing to do with each other. One at a time, with briefs in tasks/.",
    "`{name}` and `{other}` are both broken ({one}, {two}). Delegate to yourself: brief, work, review.",
    "Break this up: {two} and {one} must be green. I want a brief per task.",
    "Tasks for today: `{name}` until {one} passes, `{other}` until {two} passes.",
)  # fmt: skip


def delegating(context: ExpertContext) -> Example | None:
    """Make a row that repairs two independent bugs, each by a written brief and reviewed by itself."""
    one, two = bugs.draw(context, longest=5), bugs.draw(context, longest=5)
    if one is None or two is None or one.path == two.path or one.test == two.test:
        return None
    slots = {"one": one.node, "two": two.node, "name": one.function.name, "other": two.function.name}
    setup = {**one.setup, **two.setup}
    session, say = with_skill("delegating-tasks", reads=0.0)(
        context, "repair", ask(context, TWO, facts(context, one.tested, one.mutant.good)[:2], **slots), setup
    )
    ends = []
    for number, bug in enumerate((one, two), 1):
        brief = (
            f"# Task {number}\n- goal: `{bug.function.name}` is right again\n- file: {bug.path}\n- check: {bug.node}\n"
        )
        say = say or context.phrases.pick("A brief for `{name}`:", "Task: `{name}`. Its brief:", name=bug.function.name)
        session.call("write_file", say, path=f"tasks/{bug.function.name}.md", content=brief)
        say = ""
        if bug.mutant.bad not in bugs.read_function(session, bug.function):
            return None
        if not bugs.repair(session, bug, f"`{bug.mutant.bad}`: {bug.mutant.why}."):
            return None
        ends.append(bugs.outcome(session.messages[-1]["content"]))
    session.say(
        context.phrases.pick(
            "Both tasks are done and reviewed by their checks: `{name}` {first}, `{other}` {second}.",
            "Task by task: {one_file} gives {first}, {two_file} gives {second}. The briefs are in tasks.",
            **slots, first=ends[0], second=ends[1], one_file=one.test, two_file=two.test,
        )
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, one.function.group, one.path)


REQUEST = (
    "I'm about to ask for a review of `{name}` in {path}. Look first. Tests: {test}.",
    "Pre-review, please: `{name}`, with {test}.",
    "Before Ana reviews `{name}`, what would she find? ({path}, {test})",
    "Go over my change to `{name}` as if you were the reviewer. {test} has the tests.",
    "Ready for review? It's `{name}` in {path}, tests in {test}.",
    "Spare me the embarrassment: check `{name}` against {test} before I open the request.",
    "Self-review of `{name}`: be strict, use {test}.",
    "I want no remarks on `{name}` this time. See {path} and {test}.",
)  # fmt: skip


def requesting_review(context: ExpertContext) -> Example | None:
    """Make a row whose review says what is wrong, with the line, the reason, the weight and the repair."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    user = ask(context, REQUEST, facts(context, bug.tested, bug.mutant.good), must=[bug.test], **bug.slots)
    session, say = with_skill("requesting-review")(context, context.rng.choice(("repair", "trial")), user, bug.setup)
    if bug.mutant.bad not in bugs.read_function(session, bug.function, say or "First the change."):
        return None
    result = session.call(
        "run_tests", context.phrases.pick("Then the tests.", "What do the tests say?", ""), path=bug.test
    )
    failed = bugs.failing(result)
    if not failed:
        return None
    session.say(
        context.phrases.pick(
            "Not ready. Blocking: `{bad}`, {why}; `{case}` fails ({red}). The smallest repair is `{good}` in "
            "its place.",
            "One finding, severe: in `{name}`, {why} (`{bad}`). Proof: `{case}`, {red}. "
            "Repair:\n```python\n{good}\n```",
            "Wait with the request. {red}, first `{case}`. The line is `{bad}`, the reason: {why}. I "
            "suggest:\n```python\n{good}\n```",
            **{**bug.slots, "case": failed[0]}, why=bug.mutant.why, red=bugs.outcome(result),
        ).replace("`" + bug.mutant.good + "` in its place", "one line:\n```python\n" + bug.mutant.good + "\n```")
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, bug.function.group, bug.path)


REMARK = (
    "A reviewer says `{good}` in `{name}` should read `{bad}`. Do it?",
    "Review remark on {path}: \"make it `{bad}`\", in place of `{good}`. What do you say?",
    "Tom insists on `{bad}` where `{name}` has `{good}`. Please handle his comment.",
    "Comment in the review: `{good}` looks wrong, use `{bad}`. Tests are in {test}.",
    "They want `{bad}` instead of `{good}` ({path}). Apply it, or tell me why not.",
    "Got feedback on `{name}`: `{good}` to `{bad}`. Is that right?",
    "How do I answer this remark? \"`{name}`: `{bad}`, not `{good}`.\" {test} may help.",
)  # fmt: skip
MIXED = (
    "Thanks. I'll tell them.", "OK, I will answer with that.",
    "Good to know. And `{case}`, was it green before?", "Can I quote the numbers?", "Understood, `{good}` stays.",
    "Then I'll decline it politely.",
)  # fmt: skip


def receiving_review(context: ExpertContext) -> Example | None:
    """Make a row that tries a remark, finds it wrong by a test, undoes it and answers with evidence."""
    bug = bugs.draw(context)
    if bug is None:
        return None
    session, say = with_skill("receiving-review")(
        context, "repair", ask(context, REMARK, facts(context, bug.tested), must=[bug.test], **bug.slots), {}
    )
    if bug.mutant.good not in bugs.read_function(session, bug.function, say or "I check it against the code."):
        return None
    say = context.phrases.pick("I try the remark.", "As proposed:", "Let me see what it does.")
    session.call("edit_file", say, path=bug.path, old=bug.mutant.good, new=bug.mutant.bad)
    red = session.call("run_tests", path=bug.test)
    failed = bugs.failing(red)
    if not failed:
        return None
    if not bugs.repair(
        session,
        bug,
        context.phrases.pick("`{case}` fails with it. I take it back.", "That breaks `{case}`; back.", case=failed[0]),
    ):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    slots = {**bug.slots, "case": failed[0]}
    session.say(
        context.phrases.pick(
            "I would not take it: with `{bad}` {why}, and `{case}` fails ({red}). As it is: {green}.",
            "Answer to the reviewer: tried, {red}, first `{case}`. `{good}` stays; {green}.",
            "The remark does not hold. `{bad}` gives {red}; the code as it was gives {green}.",
            **slots, why=bug.mutant.why, red=bugs.outcome(red), green=green,
        )
    )  # fmt: skip
    if context.rng.random() < 0.4:
        session.user(reply(context, *MIXED, **slots))
        session.say(
            f"The evidence in short: `{failed[0]}`, {bugs.outcome(red)} with the remark and {green} without it."
        )
    return session.record(CATEGORY, SUBCATEGORY, bug.function.group, bug.path)
