"""Problem solving: when stuck, scale game, root cause, self-verification, inversion, patterns across files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets import bugs
from vibecoder_datasets.answers import places, total
from vibecoder_datasets.kit import Kit
from vibecoder_datasets.mutants import mutants
from vibecoder_datasets.tools import run_tool

__all__ = ["growth", "rows", "trace"]

CATEGORY = "problem-solving"


def stuck(kit: Kit) -> Example | None:
    """A first idea that does not help is taken back before the next one is tried."""
    bug = bugs.draw(kit)
    if bug is None:
        return None
    others = [m for m in mutants(kit.workspace, bug.function) if m.good == bug.mutant.good and m.bad != bug.mutant.bad]
    if not others:
        return None
    wrong = kit.rng.choice(others).bad
    user = kit.phrases.pick(
        "I'm stuck. {test} fails, and changing `{bad}` to `{wrong}` in {path} was my idea. Try it, or do better.",
        "{test} is red. Would `{wrong}` instead of `{bad}` in {path} help? If not, find what does.",
        "Stuck on {path}: I'd replace `{bad}` by `{wrong}`. Check with {test}; if it stays red, do better.",
        test=bug.test,
        bad=bug.mutant.bad,
        wrong=wrong,
        path=bug.path,
    )
    session = kit.open("change", user, bug.setup)
    session.call("edit_file", path=bug.path, old=bug.mutant.bad, new=wrong)
    red = session.call("run_tests", path=bug.test)
    if not bugs.failing(red):
        return None
    session.call(
        "read_file", f"That does not help: `{bugs.failing(red)[0]}` fails. I step back and read.", path=bug.path
    )
    session.call(
        "edit_file",
        f"Both were wrong; `{bug.mutant.good}` fits the docstring.",
        path=bug.path,
        old=wrong,
        new=bug.mutant.good,
    )
    green = session.call("run_tests", path=bug.test)
    if not bugs.is_green(green):
        return None
    session.say(f"`{wrong}` was not it ({bugs.outcome(red)}). With `{bug.mutant.good}` it is {bugs.outcome(green)}.")
    return session.record(CATEGORY, "when stuck", bug.function.group, bug.path)


# (what the steps are, code that prints one number for a size n), each with steps a reader can count.
GROWING: tuple[tuple[str, str, str], ...] = (
    ("comparing every pair", "pairs", "print(sum(1 for i in range({n}) for j in range(i)))"),
    ("halving until one is left", "halves", "print(({n}).bit_length())"),
    ("one pass over the items", "passes", "print(sum(1 for _ in range({n})))"),
    ("trying divisors up to the root", "divisors", "print(len(range(2, int({n} ** 0.5) + 1)))"),
    ("searching a list for each item", "lookups", "print(sum(i + 1 for i in range({n})))"),
    ("filling a square table", "cells", "print(sum({n} for _ in range({n})))"),
    ("scanning windows of three", "windows", "print(len(range({n} - 2)) * 3)"),
    ("rebuilding the text for each word", "copies", "print(sum(range({n} + 1)))"),
)


def growth(kit: Kit, category: str = CATEGORY, say: str = "") -> Example | None:
    """The steps of a method at three sizes, counted by running it."""
    what, group, code = kit.rng.choice(GROWING)
    base = kit.rng.choice((4, 5, 8, 10, 12, 20, 30))
    sizes = [base, 10 * base, 100 * base]
    snippets = [code.format(n=size) for size in sizes]
    user = kit.phrases.pick(
        "How does {what} scale? Count the steps with `{a}`, `{b}` and `{c}`.",
        "Play the scale game for {what}: `{a}`, then `{b}`, then `{c}`.",
        "I fear that {what} gets slow. Run `{a}`, `{b}` and `{c}` and tell me.",
        "Will {what} do for a hundred times the data? Compare `{a}`, `{b}` and `{c}`.",
        what=what,
        a=snippets[0],
        b=snippets[1],
        c=snippets[2],
    )
    session = kit.open("run", user)
    results = session.calls([("run_python", {"code": snippet}) for snippet in snippets], say)
    counts = [int(result) for result in results]
    factor = counts[2] / counts[1]
    verdict = (
        "it grows with the square" if factor > 40 else "it grows with the size" if factor > 8 else "it hardly grows"
    )
    session.say(f"Steps at {sizes[0]}, {sizes[1]} and {sizes[2]}: {counts[0]}, {counts[1]} and {counts[2]}; {verdict}.")
    return session.record(category, "scale game" if category == CATEGORY else "problem-solving", f"steps/{group}")


# Functions that rely on another one of their file: a bug in the second shows in the test of the first.
CHAINS = {
    "average_rating": "is_top_rated", "count_words": "top_word", "coupon_value": "apply_coupon", "is_leap": "year_days",
    "is_prime": "primes_below", "parse_version": "is_newer", "to_metres": "is_longer", "line_total": "gift_total",
    "shift_hours": "shift_pay", "age_in": "is_adult", "distance": "is_near", "coin_value": "can_pay",
    "capital": "heading",
}  # fmt: skip


def trace(kit: Kit, category: str = CATEGORY, say: str = "") -> Example | None:
    """The symptom is in one function, the cause in the one it calls."""
    bug = bugs.draw(kit)
    if bug is None or bug.function.name not in CHAINS:
        return None
    caller, name = CHAINS[bug.function.name], bug.function.name
    test = f"{bug.test}::test_{caller}"
    user = kit.phrases.pick(
        "`{caller}` in {path} gives wrong results, see {test}. What is the root cause?",
        "{test} fails. Trace it to its root in {path} and fix it there.",
        "Why is `{caller}` wrong? {test} shows it, the code is {path}. Fix the cause, not the symptom.",
        "Find the cause behind {test} in {path}; I don't want a patch on the surface.",
        caller=caller,
        path=bug.path,
        test=test,
    )
    session = kit.open("change", user, bug.setup)
    red = session.call("run_tests", say, path=test)
    if bugs.is_green(red) or "failed" not in red:
        return None
    session.call("read_file", f"`test_{caller}` fails. I follow the call.", path=bug.path)
    reason = f"`{caller}` is fine, but it calls `{name}`, and there `{bug.mutant.bad}` is wrong: {bug.mutant.why}."
    session.call("edit_file", reason, path=bug.path, old=bug.mutant.bad, new=bug.mutant.good)
    green = session.call("run_tests", path=test)
    if not bugs.is_green(green):
        return None
    session.say(f"The root cause was in `{name}`, not in `{caller}`. {test}: {bugs.outcome(green)}.")
    return session.record(
        category, "root cause" if category == CATEGORY else "problem-solving", bug.function.group, bug.path
    )


def self_verification(kit: Kit) -> Example | None:
    """A bug that the tests let pass shows which test is missing."""
    kit.workspace.reset()
    function = kit.functions.draw()
    test = bugs.test_of(function.path)
    survivors = []
    for mutant in mutants(kit.workspace, function):
        kit.workspace.write(function.path, mutant.text)
        if bugs.is_green(run_tool(kit.workspace, "run_tests", {"path": test})):
            survivors.append(mutant)
        kit.workspace.reset()
    if not survivors:
        return None
    mutant = kit.rng.choice(survivors)
    user = kit.phrases.pick(
        "Are the tests in {test} any good? Put `{bad}` for `{good}` in {path}, run them, then undo it.",
        "Test the tests: would {test} notice `{bad}` in place of `{good}` in {path}? Restore it afterwards.",
        "Check {test} with a deliberate bug: `{good}` in {path} becomes `{bad}`. Put it back when you know.",
        test=test,
        bad=mutant.bad,
        good=mutant.good,
        path=function.path,
    )
    session = kit.open("change", user)
    session.call("edit_file", path=function.path, old=mutant.good, new=mutant.bad)
    result = session.call("run_tests", path=test)
    session.call(
        "edit_file", "The tests don't notice it. I put it back.", path=function.path, old=mutant.bad, new=mutant.good
    )
    session.say(
        f"With `{mutant.bad}` still {bugs.outcome(result)}: {test} lacks a case for that line. The code is as before."
    )
    return session.record(CATEGORY, "self-verification", function.group, function.path)


def inversion(kit: Kit) -> Example | None:
    """Ask what would have to be true for the code to be wrong, and try just that."""
    kit.workspace.reset()
    function = kit.functions.draw()
    test = bugs.test_of(function.path)
    module = function.path.removesuffix(".py").replace("/", ".")
    found = re.findall(rf"assert ({function.name}\(.*\)) == (.*)$", kit.workspace.text(test), re.MULTILINE)
    if not found:
        return None
    expression, value = kit.rng.choice(found)
    code = f"from {module} import {function.name}; print({expression} == {value})"
    user = kit.phrases.pick(
        "Suppose `{name}` were wrong: then `{code}` would print False. Does it?",
        "Try to refute `{name}`: run `{code}`.",
        "Instead of proving `{name}` right, look for a failure. Start with `{code}`.",
        "What would show that `{name}` is wrong? `{code}` printing False. Run it.",
        name=function.name,
        code=code,
    )
    session = kit.open("run", user)
    result = session.call("run_python", code=code)
    if result != "True":
        return None
    session.say(
        f"It prints {result}, so this does not refute `{function.name}`. One case is no proof; try a limit next."
    )
    return session.record(CATEGORY, "inversion", function.group, function.path)


def pattern(kit: Kit) -> Example | None:
    """The same thing in several files, found by one search."""
    file = kit.files.draw()
    calls = sorted(
        set(
            re.findall(
                r"\b((?:raise [A-Z]\w+|warnings\.warn|except \w+|isinstance|deepcopy|sorted|is not None)\b)",
                "\n".join(file.lines),
            )
        )
    )
    if not calls:
        return None
    text = kit.rng.choice(calls).replace(".", r"\.")
    user = kit.phrases.pick(
        "I just fixed a bug around `{text}` in {path}. Is the same pattern elsewhere in {folder}?",
        "`{text}` caused trouble in {path}. Where else in {folder} do we have `{text}`?",
        "Look for the pattern `{text}` in all of {folder}; {path} had a bug there.",
        "After the fix in {path}: check {folder} for more places with `{text}`.",
        text=text,
        path=file.path,
        folder=file.folder,
    )
    session = kit.open(kit.rng.choice(("look", "run", "explore")), user)
    result = session.call("grep", pattern=text, path=file.folder)
    paths = [path for path, _, _ in places(result)]
    others = [path for path in dict.fromkeys(paths) if path != file.path]
    if not others or len(paths) > 5:
        return None
    session.say(
        f"There are {total(result)}. Beside `{file.path}` look at `{others[0]}`"
        + (f" and `{others[1]}`." if len(others) > 1 else ".")
    )
    return session.record(CATEGORY, "pattern recognition", file.group, file.path)


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All problem-solving rows."""
    samples = kits["samples"]
    for expert, count in ((stuck, 7), (growth, 6), (trace, 6), (self_verification, 7), (inversion, 7)):
        yield from samples.rows(expert, count)
    yield from kits["networkx"].rows(pattern, 4)
    yield from kits["sympy"].rows(pattern, 3)
