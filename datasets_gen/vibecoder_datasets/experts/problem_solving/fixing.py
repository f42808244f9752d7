"""Writes rows on wrong results: taking back what did not help, and following a symptom to its cause."""

from __future__ import annotations

import ast
import re

from vibecoder.types import Example
from vibecoder_datasets.code.index import Function
from vibecoder_datasets.code.mutants import Mutant, mutants
from vibecoder_datasets.code.tested import body, linked
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.session import Session
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.skills import Opening, plainly
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["root_cause", "root_cause_row", "stuck", "stuck_row"]

CATEGORY = "problem-solving"
STUCK = (
    "I'm stuck with {node}. My idea was `{wrong}` in place of `{bad}` in {path}. Try it, or do better.",
    "{node} is red. Would `{wrong}` instead of `{bad}` help in `{name}`? If not, find what does.",
    "Stuck on `{name}` ({path}): I'd replace `{bad}` by `{wrong}`. Check with `{case}`; if it stays red, go on.",
    "Going round in circles with `{name}`. `{bad}` looks wrong, `{wrong}` may be right. {node} decides.",
    "An hour on `{case}` and nothing. Last guess: `{wrong}` for `{bad}` in {path}. Your turn after that.",
    "`{case}` fails whatever I do. Start with my guess, `{bad}` to `{wrong}` in `{name}`, and get {test} green.",
    "Help me out of this: {node}. A friend says {path} needs `{wrong}` where it has `{bad}`.",
    "I can't get {node} to pass. Not tried yet: `{wrong}` in place of `{bad}`. Otherwise I'm out of ideas "
    "about `{name}`.",
)
NO_HELP = (
    "That does not help: `{case}` fails still. I step back and read.",
    "Still red with `{case}`. Back off, and read the whole function.",
    "No. `{case}` is red, so the guess was not it. Another way: read first.",
    "Red as before. Instead of a second guess I look at the code.",
    "`{case}` does not pass with that either. I stop guessing and read `{name}`.",
)  # fmt: skip
BETTER = (
    "Neither `{bad}` nor `{wrong}` fits: what it needs is `{good}`.",
    "Reading it, the line should be `{good}`.",
    "Both were wrong. In this place I expect `{good}`.",
    "From the code around it, `{good}` is what is meant.",
)


def stuck(context: ExpertContext) -> Example | None:
    """Make a row in which a first idea that does not help is undone before the next one is tried."""
    return stuck_row(context, CATEGORY, "when stuck", plainly)


def stuck_row(context: ExpertContext, category: str, subcategory: str, opening: Opening) -> Example | None:
    def with_twin(found: list[Mutant]) -> list[Mutant]:
        lines = [mutant.line for mutant in found]
        return [mutant for mutant in found if lines.count(mutant.line) > 1]

    bug = bugs.draw(context, wanted=with_twin)
    if bug is None:
        return None
    others = [
        m for m in mutants(context.workspace, bug.function) if m.line == bug.mutant.line and m.bad != bug.mutant.bad
    ]
    wrong = context.rng.choice(others).bad
    slots = {**bug.slots, "wrong": wrong}
    user = ask(context, STUCK, facts(context, bug.tested, bug.mutant.good), must=[bug.test, bug.path], **slots)
    session, say = opening(context, "repair", user, bug.setup)
    session.call(
        "edit_file", say or context.phrases.pick("", "Your idea first."), path=bug.path, old=bug.mutant.bad, new=wrong
    )
    red = session.call("run_tests", path=bug.node)
    if not bugs.failing(red):
        return None
    words = {**slots, "case": bugs.failing(red)[0]}
    if wrong not in bugs.read_function(session, bug.function, context.phrases.pick(*NO_HELP, **words)):
        return None
    session.call("edit_file", context.phrases.pick(*BETTER, **words), path=bug.path, old=wrong, new=bug.mutant.good)
    green = session.call("run_tests", path=bug.test)
    if not bugs.is_green(green):
        return None
    session.say(
        context.phrases.pick(
            "`{wrong}` was not it ({red}). With `{good}` the whole of {test} gives {green}.",
            "Out of it: `{good}`. {test}: {green}. The guess `{wrong}` gave {red}.",
            "{green} in {test}. What helped was to read before the second guess; the line is `{good}`.",
            "Unstuck. Tried `{wrong}`: {red}. Then `{good}`: {green}.",
            **slots,
            red=bugs.outcome(red),
            green=bugs.outcome(green),
        )
    )
    return session.record(category, subcategory, bug.function.group, bug.path)


SYMPTOM = (
    "`{caller}` in {path} gives wrong results, see {node}. What is the root cause?",
    "{node} fails. Trace it to its root and fix it there, not in `{caller}` if that is fine.",
    "Why is `{caller}` wrong? `{case}` shows it. Fix the cause, not the symptom.",
    "Find what is behind `{case}`; I don't want a patch on the surface of `{caller}`.",
    "`{caller}` misbehaves in {node}, but I doubt that it is to blame. Follow it down.",
    "Something that `{caller}` calls must be off: {node} is red. Trace it.",
    "Root cause, please: {node}. It starts at `{caller}` in {path}.",
    "The symptom is in `{caller}`, `{case}` says. Go from there to where it really comes from.",
    "Please don't stop at `{caller}`. {node} fails for a reason further down.",
)
BEGIN = ("`{case}` fails. I begin at `{caller}`.", "There it is. Where is `{caller}`?", "Red. First `{caller}`.")


def root_cause(context: ExpertContext) -> Example | None:
    """Make a row in which the symptom is in one function, the cause in the one it calls."""
    return root_cause_row(context, CATEGORY, "root cause", plainly)


def root_cause_row(context: ExpertContext, category: str, subcategory: str, opening: Opening) -> Example | None:
    caller = draw_tested(context)
    inner = _called(context, caller.function) if caller else None
    if caller is None or inner is None:
        return None
    # The tests of the caller prove the bug of the called one.
    known = linked(context.workspace, inner)
    nodes = [node for node in caller.nodes if known is None or node not in known.nodes] or list(caller.nodes)
    bug = bugs.bug_in(context, type(caller)(inner, caller.test, tuple(nodes)))
    if bug is None:
        return None
    slots = {**bug.slots, "caller": caller.name, "inner": inner.name, "path": caller.path}
    session, say = opening(
        context, "repair", ask(context, SYMPTOM, facts(context, caller), must=[bug.test], **slots), bug.setup
    )
    red = session.call("run_tests", say or context.phrases.pick("", "The symptom first."), path=bug.node)
    if not bugs.failing(red):
        return None
    seen = bugs.read_function(
        session,
        caller.function,
        context.phrases.pick(*BEGIN, case=bugs.failing(red)[0], caller=caller.name),
    )
    if inner.name not in seen:
        return None
    follow = context.phrases.pick(
        "`{caller}` itself looks right, but it calls `{inner}`.",
        "Nothing wrong here; the result comes from `{inner}`.",
        "`{caller}` relies on `{inner}`, so I go on there.", "One level down: `{inner}`.", caller=caller.name,
        inner=inner.name,
    )  # fmt: skip
    if bug.mutant.bad not in bugs.read_function(session, inner, follow):
        return None
    if not _mended(context, session, bug):
        return None
    session.say(
        context.phrases.pick(
            "Root cause: `{bad}` in `{inner}`, where {why}. `{caller}` only showed it. Now {green}.",
            "`{caller}` was fine. It calls `{inner}`, and there {why}; `{good}` repairs it. {test}: {green}.",
            "The chain is `{case}`, `{caller}`, `{inner}`, and at its end `{bad}`: {why}. Repaired there, {green}.",
            "I changed `{inner}`, not `{caller}`: `{good}`. It was {red} and is {green}.",
            **slots,
            why=bug.mutant.why,
            red=bugs.outcome(red),
            green=bugs.outcome(session.messages[-1]["content"]),
        )
    )
    return session.record(category, subcategory, inner.group, inner.path)


def _mended(context: ExpertContext, session: Session, bug: bugs.Bug) -> bool:
    say = context.phrases.pick(
        "This is the cause: `{bad}`, {why}.", "Here: `{bad}`. {Why}.", "`{bad}` is where it goes wrong: {why}.",
        "The root is `{bad}`; {why}.", bad=bug.mutant.bad, why=bug.mutant.why, Why=bug.mutant.why.capitalize(),
    )  # fmt: skip
    return bugs.repair(session, bug, say)


def _called(context: ExpertContext, function: Function) -> Function | None:
    """Draw a short function of the project that this one calls and whose name is unique."""
    for node in ast.walk(context.workspace.tree(function.path)):
        if isinstance(node, ast.FunctionDef) and node.lineno == function.line:
            names = {
                found.func.id
                for found in ast.walk(node)
                if isinstance(found, ast.Call) and isinstance(found.func, ast.Name)
            }
            break
    else:
        return None
    found = [
        context.code_index.by_name[name]
        for name in sorted(names)
        if name in context.code_index.by_name and name != function.name
    ]
    short = []
    for other in found:
        first, last = body(context.workspace, other)
        if first and last - first < bugs.LONGEST and not re.search("/tests?/", other.path):
            short.append(other)
    return context.rng.choice(short) if short else None
