"""Superpowers rows on tests: red, green, refactor; a test that cannot fail; a wait for a condition, not for a time."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder.workspace.lab import lab_of, module_of
from vibecoder_datasets.code.tested import Tested
from vibecoder_datasets.experts.agentic.tdd import NEEDED
from vibecoder_datasets.material import bugs, features
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["hollow_test", "test_driven", "waiting"]

CATEGORY = "superpowers"


def test_driven(context: ExpertContext) -> Example | None:
    """Make a row with a whole cycle of test-driven development on a function whose body is missing."""
    feature = features.draw(context)
    if feature is None:
        return None
    session, say = with_skill("test-driven-development")(
        context, "repair", ask(context, NEEDED, must=[feature.tested.test], **feature.slots), feature.setup
    )
    red = f"{say} {context.phrases.pick('RED: the test.', 'RED.', 'First the test.')}".strip()
    green = context.phrases.pick("It fails, NotImplementedError. GREEN:", "Red for the right reason. GREEN, the code:")
    insight = feature.simpler.insight if feature.simpler else ""
    tidy = context.phrases.pick("REFACTOR: {insight}.", "Green. REFACTOR, for {insight}.", insight=insight)
    if not features.develop(context, session, feature, red, green, tidy):
        return None
    runs = [bugs.outcome(message["content"]) for message in session.messages if message.get("name") == "run_tests"]
    end = "" if feature.simpler else " There is nothing to refactor."
    session.say(
        context.phrases.pick(
            "RED {red}, GREEN {green}. `{name}` is written in `{path}`.{end}",
            "The cycle is closed: {red} before, {green} now.{end}",
            "`{name}` has a test that failed first ({red}) and passes ({green}).{end}",
            **feature.slots, red=runs[0], green=runs[-1], end=end,
        )
    )  # fmt: skip
    return session.record(CATEGORY, "testing", feature.tested.function.group, feature.tested.path)


HOLLOW = (
    "I wrote {new} for `{name}`. It passes, so we're covered, right?", "Is {new} a good test of `{name}` ({path})?",
    "Our only new test for `{name}` is {new}. Would it ever fail?",
    "Coverage says `{name}` is tested by {new}. I have doubts.",
    "Have a look at {new}, please. Does it test `{name}` or just run it?",
    "A generator wrote {new} for `{name}`. Keep it?",
    "Can {new} catch a bug in `{name}`? Try, and improve it if it can't.",
    "Review the test {new}; the function is `{name}` in {path}.",
)  # fmt: skip


def hollow_test(context: ExpertContext) -> Example | None:
    """Make a row that shows a test of a function against itself to pass on a bug, and gives it a value to check."""
    bug = bugs.draw(context)
    found = _checked_call(context, bug.tested, bug) if bug else None
    if bug is None or found is None:
        return None
    call, value = found
    name, module = bug.function.name, module_of(bug.path)
    new = f"{PurePosixPath(bug.test).parent.as_posix()}/test_{name}_runs.py"
    hollow = f"from {module} import {name}\n\n\ndef test_{name}_runs():\n    assert {call} == {call}\n"
    slots = {**bug.slots, "new": new}
    session, say = with_skill("testing-anti-patterns")(
        context, "change", ask(context, HOLLOW, facts(context, bug.tested), must=[bug.path], **slots), {new: hollow}
    )
    session.call("read_file", say or "What does it assert?", path=new)
    say = context.phrases.pick(
        "It compares `{name}` with itself. Would it notice a bug? I put one in.",
        "Both sides are the same call. A bug as a trial:",
        name=name,
    )
    session.call("edit_file", say, path=bug.path, old=bug.mutant.good, new=bug.mutant.bad)
    if not bugs.is_green(session.call("run_tests", path=new)):
        return None
    say = context.phrases.pick(
        "Green with a bug in it. It needs a value:",
        "It passes on broken code, so it tests nothing. A value that matters:",
    )
    session.call("edit_file", say, path=new, old=f"assert {call} == {call}", new=f"assert {call} == {value}")
    red = session.call("run_tests", path=new)
    if not bugs.failing(red):
        return None
    say = context.phrases.pick(
        "Now it catches the bug. Out with it.", "Red on the bug, as a test should be. I take the bug out."
    )
    session.call("edit_file", say, path=bug.path, old=bug.mutant.bad, new=bug.mutant.good)
    green = session.call("run_tests", path=new)
    if not bugs.is_green(green):
        return None
    session.say(
        context.phrases.pick(
            "As it was, {new} could not fail: it passed with `{bad}`. It now expects `{value}` from `{call}`; "
            "{red} on the bug, {green} without.",
            "No, it tested nothing. With `{call}` checked against `{value}` it is red on `{bad}` ({red}) and "
            "green on the code ({green}).",
            **slots, value=value, call=call, red=bugs.outcome(red), green=bugs.outcome(green),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "testing", bug.function.group, bug.path)


def _checked_call(context: ExpertContext, tested: Tested, bug: bugs.Bug | None = None) -> tuple[str, str] | None:
    """Draw a call with plain arguments and the value a test expects of it; with `bug`, one that it changes."""
    text = context.workspace.text(tested.test)
    found = []
    for node in ast.walk(context.workspace.tree(tested.test)):
        match node:
            case ast.Assert(
                test=ast.Compare(left=ast.Call(func=ast.Name(id=name)) as call, ops=[ast.Eq()], comparators=[value])
            ):
                shown = [ast.get_source_segment(text, part) or "" for part in (call, value)]
                names = {inner.id for part in (call, value) for inner in ast.walk(part) if isinstance(inner, ast.Name)}
                if (
                    name == tested.name
                    and names == {name}
                    and all("\n" not in part and 0 < len(part) < 60 for part in shown)
                ):
                    found.append((shown[0], shown[1]))
    if not found or bug is None:
        return context.rng.choice(found) if found else None
    module = module_of(tested.path)
    for shown_call, shown_value in context.rng.sample(found, min(4, len(found))):
        code = f"from {module} import {tested.name}\nprint({shown_call} == {shown_value})"
        if lab_of(context.workspace).prints(code, [module], tested.path, bug.mutant.text) == "False\n":
            return shown_call, shown_value
    return None


WAIT = (
    "{new} fails on my laptop and passes on the server. Something with the sleep. Can you fix it?",
    "Flaky: {new}. Raising the sleep each month is no solution for `{name}`.",
    "{new} is red again. Please no longer sleep, find a better wait for `{name}`.",
    "The test of `{name}` in the background, {new}, depends on luck. Make it steady.",
    "Why does {new} fail? `{name}` itself is fast enough.",
    "Get rid of the magic pause in {new}. It waits for `{name}`.",
    "How should {new} wait for the worker that runs `{name}`?",
)  # fmt: skip
SLOW = """import threading
import time

from {module} import {name}


def test_{name}_in_background():
    found = []
    threading.Timer({delay}, lambda: found.append({call})).start()
    {wait}
    assert found == [{value}]
"""
SLEEP = "time.sleep(0.01)"
POLL = (
    "deadline = time.monotonic() + 10\n    while not found and time.monotonic() < deadline:\n        time.sleep(0.01)"
)


def waiting(context: ExpertContext) -> Example | None:
    """Make a row that replaces a sleep that is too short by a wait for what must happen."""
    tested = draw_tested(context)
    found = _checked_call(context, tested) if tested else None
    if tested is None or found is None:
        return None
    call, value = found
    new = f"{PurePosixPath(tested.test).parent.as_posix()}/test_{tested.name}_background.py"
    delay = context.rng.choice((0.2, 0.25, 0.3))
    text = SLOW.format(module=module_of(tested.path), name=tested.name, call=call, value=value, delay=delay, wait=SLEEP)
    user = ask(context, WAIT, facts(context, tested), name=tested.name, new=new)
    session, say = with_skill("condition-based-waiting")(context, "change", user, {new: text})
    red = session.call("run_tests", say or "First a run.", path=new)
    if not bugs.failing(red):
        return None
    session.call(
        "read_file",
        context.phrases.pick("Red. Where does it wait?", "`{case}` fails. Find the sleep.", case=bugs.failing(red)[0]),
        path=new,
    )
    say = context.phrases.pick(
        "The sleep stands for: `found` is not empty. I poll that, with a deadline.",
        "What it waits for is `found`, not a time. So it asks for that until a deadline.",
    )
    session.call("edit_file", say, path=new, old=SLEEP, new=POLL)
    green = session.call("run_tests", path=new)
    if not bugs.is_green(green):
        return None
    session.say(
        context.phrases.pick(
            "{new} waits for `found` now, at most until its deadline, and goes on at once when it is there: "
            "{red} before, {green} now.",
            "Steady: it polls `found`. No pause has to be guessed any more. {green}, it was {red}.",
            new=new, red=bugs.outcome(red), green=bugs.outcome(green),
        )
    )  # fmt: skip
    return session.record(CATEGORY, "testing", tested.function.group, tested.path)
