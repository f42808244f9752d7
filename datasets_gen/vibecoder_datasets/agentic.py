"""Agentic work: test-driven development, debugging, planning, code review and exploration, each to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets import bugs, features
from vibecoder_datasets.answers import first_place, places, total
from vibecoder_datasets.kit import Kit

__all__ = ["rows"]

CATEGORY = "agentic"
RENAMES = {
    "merge_slots": "join_slots", "smallest_room": "best_room", "with_tax": "gross_price", "discounted": "reduced_price",
    "slugify": "to_slug", "in_grid": "is_inside", "clamp": "limit", "median": "middle", "unquote": "strip_quotes",
    "mask_secret": "hide_secret", "line_at": "line_number", "initials": "first_letters", "overlaps": "share_time",
    "slot_length": "slot_minutes", "chunks": "pieces", "digit_sum": "sum_of_digits", "longest_rise": "longest_climb",
    "moving_sum": "window_sums", "wrap_words": "fold_text", "order_size": "reorder_count", "change_due": "cash_back",
}  # fmt: skip


def debugging(kit: Kit) -> Example | None:
    """Reproduce, read, repair, verify."""
    bug = bugs.draw(kit)
    if bug is None:
        return None
    user = kit.phrases.pick(
        "{test} fails since this morning. Find the bug in {path} and fix it.",
        "Something in {path} is broken: {test} is red. Please repair it.",
        "Debug {path} until {test} passes.",
        "`{name}` gives wrong results. The code is in {path}, its tests in {test}. Fix it.",
        "My last commit broke {test}. The culprit must be in {path}.",
        "Make {test} green again; the code under test is {path}.",
        "CI reports a failure in {test}. Fix {path}, and change as little as you can.",
        "There is a bug in `{name}` ({path}). Reproduce it with {test}, then fix it.",
        test=bug.test,
        path=bug.path,
        name=bug.function.name,
    )
    session = kit.open("change", user, bug.setup)
    say = kit.phrases.pick("", "", "First I reproduce it.", "Let me see it fail.", "I run the tests first.")
    red = session.call("run_tests", say, path=bug.test)
    if bugs.is_green(red) or not bugs.failing(red):
        return None
    say = kit.phrases.pick(
        "",
        f"`{bugs.failing(red)[0]}` fails. Now the code.",
        "It fails. Let me read the code.",
        "Red; I look at the code.",
    )
    session.call("read_file", say, path=bug.path)
    say = kit.phrases.pick(
        "The line `{bad}` is wrong: {why}.",
        "Here it is, `{bad}`: {why}.",
        "`{bad}` cannot be right, {why}.",
        bad=bug.mutant.bad,
        why=bug.mutant.why,
    )
    if not bugs.repair(session, bug, say):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    session.say(
        kit.phrases.pick(
            "Fixed: `{path}` now has `{good}`. {test}: {red} before, {green} now.",
            "The bug was one line in `{path}`; it is `{good}` now. Tests: {green}, before {red}.",
            "Done. `{name}` in `{path}` reads `{good}`; {green}.",
            path=bug.path,
            good=bug.mutant.good,
            test=bug.test,
            red=bugs.outcome(red),
            green=green,
            name=bug.function.name,
        )
    )
    return session.record(CATEGORY, "debugging", bug.function.group, bug.path)


def tdd(kit: Kit) -> Example | None:
    """A test for a function that is not there yet (red), the function (green)."""
    feature = features.draw(kit)
    if feature is None:
        return None
    user = kit.phrases.pick(
        "Add `{name}` to {path}, test first: {checks}. Docstring: {summary} Put the test into {test}.",
        'I need a function `{name}` in {path}, docstring "{summary}" Write {test} first; it shall check {checks}.',
        'With TDD, please: `{name}` in {path}. Docstring: "{summary}" The test goes to {test} and checks {checks}.',
        "Write {test} with {checks}, see it fail, then add `{name}` to {path}. Docstring: {summary}",
        'New function `{name}` for {path}, documented as "{summary}" Start with {test}, which checks {checks}.',
        **feature.slots,
    )
    session = kit.open("change", user, feature.setup)
    say = kit.phrases.pick("", "The test comes first.", "RED: first the test.")
    if not features.develop(kit, session, feature, say):
        return None
    green = bugs.outcome(session.messages[-1]["content"])
    session.say(
        kit.phrases.pick(
            "`{name}` is in `{path}`, and {test} went from red to green: {green}.",
            "Red, then green: {green}. `{name}` now lives in `{path}`.",
            "Done, test first. `{path}` has `{name}`; {test}: {green}.",
            green=green,
            **feature.slots,
        )
    )
    return session.record(CATEGORY, "tdd", feature.group, feature.path)


def planning(kit: Kit) -> Example | None:
    """A rename in code and test by a plan that is written first and then followed."""
    kit.workspace.reset()
    function = kit.functions.draw()
    path, test = function.path, bugs.test_of(function.path)
    name = function.name
    text, tests = kit.workspace.text(path), kit.workspace.text(test)
    if len(re.findall(rf"\b{name}\b", text)) != 1 or name not in RENAMES:
        return None
    new = RENAMES[name]
    user = kit.phrases.pick(
        "Rename `{name}` to `{new}` in {path} and in {test}. Plan first.",
        "I want `{name}` in {path} to be called `{new}`. Make a plan, then do it; its tests are in {test}.",
        "Plan and carry out: `{name}` becomes `{new}`. Files: {path} and {test}.",
        "`{name}` is a bad name, `{new}` is better. Change {path} and {test} step by step and tell me the steps first.",
        name=name,
        new=new,
        path=path,
        test=test,
    )
    session = kit.open("change", user)
    plan = f"Plan:\n1. Read {test}.\n2. Rename the function in {path}.\n3. Rename it in {test}.\n4. Run the tests."
    session.call("read_file", plan, path=test)
    if not session.messages[-1]["content"].startswith(tests.rstrip("\n")):
        return None
    session.call("edit_file", kit.phrases.pick("", "Step 2."), path=path, old=f"def {name}(", new=f"def {new}(")
    renamed = re.sub(rf"\b{name}\b", new, tests)
    session.call("write_file", kit.phrases.pick("", "Step 3."), path=test, content=renamed)
    result = session.call("run_tests", kit.phrases.pick("", "Step 4."), path=test)
    if not bugs.is_green(result):
        return None
    session.say(f"All four steps are done: `{name}` is `{new}` in {path} and {test}; {bugs.outcome(result)}.")
    return session.record(CATEGORY, "planning", function.group, path)


def review(kit: Kit) -> Example | None:
    """A review that finds a real bug and proves it by a failing test, without changing anything."""
    bug = bugs.draw(kit)
    if bug is None:
        return None
    broken = kit.rng.random() < 0.75
    user = kit.phrases.pick(
        "Review {path}, please. Its tests are in {test}.",
        "Can you review {path}? Use {test} to check what you suspect. Don't change anything.",
        "Code review: {path}, tests in {test}.",
        "Before I merge, look over {path} and run {test}.",
        "Would you approve {path}? The tests are in {test}.",
        path=bug.path,
        test=bug.test,
    )
    session = kit.open(kit.rng.choice(("change", "run")), user, bug.setup if broken else None)
    session.call("read_file", path=bug.path)
    result = session.call("run_tests", path=bug.test)
    if bugs.is_green(result) == broken:
        return None
    if broken:
        if not bugs.failing(result):
            return None
        session.say(
            kit.phrases.pick(
                "Change `{bad}` in `{name}`: {why}, and `{failed}` fails ({outcome}). I suggest:{patch}",
                "One finding. `{bad}` in `{name}`: {why}, so `{failed}` fails ({outcome}). I suggest:{patch}",
                "Not yet: {outcome}. `{failed}` fails since `{name}` has `{bad}` and {why}. Better:{patch}",
                name=bug.function.name,
                bad=bug.mutant.bad,
                patch=f"\n```python\n{bug.mutant.good}\n```",
                why=bug.mutant.why,
                failed=bugs.failing(result)[0],
                outcome=bugs.outcome(result),
            )
        )
    else:
        session.say(
            f"I'd approve `{bug.path}`: it does what its docstrings say, and the tests agree ({bugs.outcome(result)})."
        )
    return session.record(CATEGORY, "review", bug.function.group, bug.path)


def exploration(kit: Kit) -> Example | None:
    """What a function does and who needs it, from its definition and its uses."""
    function = kit.functions.draw()
    if not 3 <= function.end - function.line <= 11:
        return None
    user = kit.phrases.pick(
        "How is `{name}` written, and who uses it?",
        "Explore `{name}` for me: its code and its callers.",
        "I don't know `{name}`. What does it do and where is it needed?",
        "Get to know `{name}`: read its definition, then find its uses.",
        "Explain `{name}` from its code and tell me which code depends on it.",
        name=function.name,
    )
    session = kit.open("explore", user)
    path, first, last = first_place(session.call("definition", name=function.name))
    session.call("read_file", path=path, start=first, end=last)
    result = session.call("references", name=function.name)
    if not 1 <= len(places(result)) <= 5:
        return None
    used = places(result)[0]
    what = f" {function.summary}" if function.summary and function.summary in session.messages[-3]["content"] else ""
    session.say(
        f"`{function.name}` is in `{path}`, lines {first}-{last}.{what} "
        f"It has {total(result)}; the first is `{used[0]}:{used[1]}`."
    )
    return session.record(CATEGORY, "exploration", function.group, path)


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All agentic rows."""
    for expert in (tdd, debugging, planning, review):
        yield from kits["samples"].rows(expert, 8)
    yield from kits["networkx"].rows(exploration, 5)
    yield from kits["sympy"].rows(exploration, 3)
