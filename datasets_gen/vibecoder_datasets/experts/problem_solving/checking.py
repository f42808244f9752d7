"""Writes rows that check their own work: a surviving bug shows a missing test, an inverted line what it carries."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder.workspace.lab import lab_of, module_of
from vibecoder_datasets.code.mutants import Mutant, mutants
from vibecoder_datasets.code.tested import Tested
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.skills import Opening, plainly
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["inversion", "inversion_row", "self_verification"]

CATEGORY = "problem-solving"
MAX_MUTANTS = 8
DOUBT = (
    "Are the tests in {test} any good? Put `{bad}` for `{good}` in {path}, run them, then undo it and add what "
    "is missing.",
    "Test the tests of `{name}`: would {test} notice `{bad}` in place of `{good}`? If not, write the missing "
    "one, {new}.",
    "Check {test} with a deliberate bug: `{good}` in `{name}` becomes `{bad}`. Close the gap in {new} if there is one.",
    "I claim {test} covers `{name}` fully. Prove me wrong with `{bad}` for `{good}`, and mend it in {new}.",
    "Double-check our safety net. {path}: `{good}` turned into `{bad}`. Who complains? A gap belongs into {new}.",
    "How sure can I be of {test}? Try `{bad}` where `{name}` has `{good}`; afterwards the code must be as "
    "before. New tests: {new}.",
    "Before I trust `{name}`: does anything fail with `{bad}` in place of `{good}`? If nothing does, {new} should.",
)


def self_verification(context: ExpertContext) -> Example | None:
    """Make a row in which tests miss a bug; the missing test is written and seen to catch it."""
    tested = draw_tested(context, longest=30)
    if tested is None:
        return None
    found = _survivor(context, tested)
    if found is None:
        return None
    mutant, call, value = found
    folder = PurePosixPath(tested.test).parent.as_posix()
    new = f"{folder}/test_{tested.name}_gap.py"
    slots = {
        "test": tested.test,
        "bad": mutant.bad,
        "good": mutant.good,
        "path": tested.path,
        "name": tested.name,
        "new": new,
    }
    about = facts(context, tested.function)
    session = context.open("change", ask(context, DOUBT, about, must=[tested.test, tested.path], **slots))
    session.call(
        "edit_file", context.phrases.pick("", "The bug goes in."), path=tested.path, old=mutant.good, new=mutant.bad
    )
    result = session.call("run_tests", path=tested.test)
    if not bugs.is_green(result):
        return None
    module = module_of(tested.path)
    imported = f"{_graphs(module) if 'nx.' in call else ''}from {module} import {tested.name}"
    text = f"{imported}\n\n\ndef test_{tested.name}_gap():\n    assert {call} == {value}\n"
    say = context.phrases.pick(
        "They don't notice it. I write the test that does.", "Green with a bug in it: a test is missing. Here it is.",
        "It survives. The missing case is `{call}`.", "{green}, although the code is wrong. So I add a case.",
        call=call, green=bugs.outcome(result),
    )  # fmt: skip
    session.call("write_file", say, path=new, content=text)
    red = session.call("run_tests", path=new)
    if not bugs.failing(red):
        return None
    back = context.phrases.pick(
        "This one catches it. I put the code back.",
        "Red, as it should be. Now undo the bug.",
        "Caught. Back to the right line.",
    )
    session.call("edit_file", back, path=tested.path, old=mutant.bad, new=mutant.good)
    green = session.call("run_tests", path=new)
    if not bugs.is_green(green):
        return None
    session.say(
        context.phrases.pick(
            "With `{bad}` {test} still gave {survived}: it has no case like `{call}`. {new} has one; {red} "
            "with the bug, {green} without.",
            "There was a gap. `{bad}` passed {test} ({survived}); now `{call}` is checked in {new}, {green}. "
            "The code is as before.",
            "{test} lacked `{call}`. I added {new}, saw it fail on `{bad}` ({red}) and pass on the real line "
            "({green}).",
            **slots,
            call=call,
            survived=bugs.outcome(result),
            red=bugs.outcome(red),
            green=bugs.outcome(green),
        )
    )
    return session.record(CATEGORY, "self-verification", tested.function.group, tested.path)


def _survivor(context: ExpertContext, tested: Tested) -> tuple[Mutant, str, str] | None:
    """Find a mutant that the tests let pass, and a call, with its right value, that tells it apart."""
    found = mutants(context.workspace, tested.function)
    calls = _calls(context, tested)
    if not calls or not found:
        return None
    shuffled = context.rng.sample(found, len(found))
    chosen = sorted(shuffled, key=lambda mutant: "limit" not in mutant.why)[:MAX_MUTANTS]  # limits are seldom tested
    lab, module = lab_of(context.workspace), module_of(tested.path)
    texts = [context.workspace.text(tested.path), *(mutant.text for mutant in chosen)]
    right, *others = lab.prints_each(_printing(module, tested.name, calls), tested.path, texts, [module])
    if right is None:
        return None
    values = ast.literal_eval(right)
    for mutant, wrong in zip(chosen, others, strict=True):
        given = ast.literal_eval(wrong) if wrong else []
        different = [at for at, (one, two) in enumerate(zip(values, given, strict=False)) if one and two and one != two]
        if not different:
            continue
        outcome = lab.tests(tested.nodes, tested.path, mutant.text)
        if outcome and outcome.passed and not outcome.failed:
            at = context.rng.choice(different)
            return mutant, calls[at], values[at]
    return None


def _printing(module: str, name: str, calls: list[str]) -> str:
    """Write a program that prints the `repr` of each call's value in a list; '' for an error or no plain value."""
    return (
        f"import ast\n{_graphs(module)}from {module} import {name}\nfound = []\nfor call in {calls!r}:\n    try:\n"
        "        text = repr(eval(call))\n        ast.literal_eval(text)\n"
        "    except Exception:\n        text = ''\n    found.append(text if len(text) < 60 else '')\nprint(found)"
    )


def _graphs(module: str) -> str:
    """Return the import that calls with graphs need."""
    return "import networkx as nx\n" if module.startswith("networkx.") else ""


def _calls(context: ExpertContext, tested: Tested) -> list[str]:
    """Collect a function's calls with plain arguments from its tests, and variants with each number changed."""
    text = context.workspace.text(tested.test)
    found: dict[str, None] = {}
    if context.package == "networkx":
        return [f"{tested.name}({given})" for given in GRAPHS]
    for node in ast.walk(context.workspace.tree(tested.test)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == tested.name):
            continue
        source = ast.get_source_segment(text, node) or ""
        if any(isinstance(inner, ast.Name) and inner is not node.func for inner in ast.walk(node)) or "\n" in source:
            continue
        for match in re.finditer(r"(?<![\w.])\d{1,3}(?![\w.])", source):
            for number in (int(match[0]) + 1, int(match[0]) - 1, 0, 1, 2 * int(match[0])):
                if number >= 0:
                    found[source[: match.start()] + str(number) + source[match.end() :]] = None
    return [call for call in found if len(call) < 60][:60]


GRAPHS = (
    "nx.path_graph(1)", "nx.path_graph(2)", "nx.path_graph(5)", "nx.cycle_graph(4)", "nx.complete_graph(4)",
    "nx.star_graph(3)", "nx.Graph()", "nx.path_graph(4, create_using=nx.DiGraph)", "nx.path_graph(4), 0",
    "nx.cycle_graph(5), 1", "nx.complete_graph(3), 2", "nx.path_graph(4), [0, 1]", "nx.cycle_graph(4), 0, 2", "3", "5",
    "3, 2", "4, 3", "[3, 2, 2, 1]", "[2, 2, 2]", "[1, 1]", "[0]",
)  # fmt: skip
INVERT = (
    "Is `{good}` in {path} really right? Try the inversion: what if it were `{bad}`? Tests: {test}.",
    "Invert it: in `{name}`, `{good}` becomes `{bad}`. What breaks in {test}? Put it back afterwards.",
    "Would anyone notice `{bad}` in place of `{good}` in {path}? Check with {test} and undo it.",
    "Suppose the opposite held in `{name}`: `{bad}`. Which test of {test} would object?",
    "Challenge this assumption: `{good}`. Turn it into `{bad}`, run {test}, restore it.",
    "What carries `{name}`? I think `{good}` does. Show me by turning it round to `{bad}`; tests in {test}.",
    "Everybody says `{good}` in {path} is needed. Assume `{bad}` and see whether {test} agrees.",
    "Think backwards about `{name}`: how could it fail? Try `{bad}` for `{good}` with {test}, then revert.",
    "If `{bad}` stood in `{name}`, not `{good}`, what would {test} say? Leave the file as it was.",
)


def inversion(context: ExpertContext) -> Example | None:
    """Make a row that assumes the opposite of a line; a failing test shows that the line is needed."""
    return inversion_row(context, CATEGORY, "inversion", plainly)


def inversion_row(context: ExpertContext, category: str, subcategory: str, opening: Opening) -> Example | None:
    bug = bugs.draw(context)
    if bug is None:
        return None
    session, say = opening(
        context,
        "change",
        ask(context, INVERT, facts(context, bug.tested), must=[bug.test, bug.path, bug.mutant.good], **bug.slots),
        {},
    )
    say = say or context.phrases.pick("", "I turn it round.", "Suppose it is so.", "The opposite, then.")
    session.call("edit_file", say, path=bug.path, old=bug.mutant.good, new=bug.mutant.bad)
    red = session.call("run_tests", path=bug.test)
    failed = bugs.failing(red)
    if not failed:
        return None
    back = context.phrases.pick(
        "`{case}` breaks. I put it back.",
        "`{case}` objects. Back to what it was.",
        "That breaks `{case}`. Undo.",
        case=failed[0],
    )
    if not bugs.repair(session, bug, back):
        return None
    session.say(
        context.phrases.pick(
            "`{good}` is needed: with `{bad}` the test `{case}` fails ({red}). It is back, {green}.",
            "The opposite does not hold. `{bad}` gave {red}, first `{case}`; the file is as before and {green}.",
            "So `{name}` stands on `{good}`. Turned round, {why}, and `{case}` fails: {red}. Restored: {green}.",
            "Yes, somebody notices: `{case}` ({red}). The assumption holds; {green} after the undo.",
            "`{bad}` breaks it: {red}. The reason is plain, {why}. Now it is `{good}` again, {green}.",
            **{**bug.slots, "case": failed[0]},
            why=bug.mutant.why,
            red=bugs.outcome(red),
            green=bugs.outcome(session.messages[-1]["content"]),
        )
    )
    return session.record(category, subcategory, bug.function.group, bug.path)
