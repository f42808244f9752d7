"""Writes rows in which work takes several steps and each is reported with the numbers it gave."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["reading_progress", "testing_progress"]

SUBCATEGORY = "progress"
TESTS = (
    "Run {list} one after the other and report after each.", "How do {list} stand? Tell me after every run.",
    "Status of {list}, please, step by step.", "I need numbers for the meeting: {list}.", "Where are we with {list}?",
    "Go through {list}; a line on each as you go.", "Please work through {list} and keep me informed.",
    "Tests to check: {list}. I'd like to follow along.", "{list}: which of them pass? Don't wait until all are done.",
    "Let me watch: run {list} and say how each went.",
)  # fmt: skip
FIRST = (
    "I start with `{test}`.",
    "First `{test}`.",
    "Beginning with `{test}`.",
    "On it, `{test}` first.",
    "`{test}` now.",
)
BETWEEN = (
    "`{done}`: {outcome}. Next is `{test}`, then {left} more.",
    "{outcome} in `{done}`. Now `{test}`.",
    "That was `{done}` ({outcome}). Going on with `{test}`.",
    "`{done}` gave {outcome}; `{test}` follows.",
    "So far {outcome} for `{done}`. `{test}` is running next.",
)
GREEN = (
    "All done. {report}. Nothing is red.",
    "Finished: {report}. Everything passes.",
    "{report}. So all of it is green.",
    "Through: {report}. No failures to report.",
)
RED = (
    "Done. {report}. `{bad}` needs attention; shall I look into it?",
    "Finished, with one to worry about: {report}.",
    "{report}. I would look at `{bad}` next.",
    "Summary: {report}. The red one is `{bad}`.",
)
FILES = (
    "Measure {list} in {path} one by one, and keep me posted.",
    "For my notes I need the size of {list} ({path}). Report as you go.",
    "Which of {list} in {path} is longest? Tell me each number when you have it.",
    "Take stock of {path}: {list}. A short line after each, please.", "Size up {list} from {path}, step by step.",
    "Work through {list} in {path} and tell me how complex each is.",
)  # fmt: skip


def testing_progress(context: ExpertContext) -> Example | None:
    """Make a row that runs tests one by one; in some rows a bug makes one of them fail."""
    bug = bugs.draw(context, longest=30) if context.rng.random() < 0.45 else None
    tested = bug.tested if bug else draw_tested(context, longest=40)
    if tested is None:
        return None
    nodes = list(tested.nodes)
    for name in re.findall(r"^def (test_\w+)", context.workspace.text(tested.test), re.MULTILINE):
        node = f"{tested.test}::{name}"
        if len(nodes) < 3 and node not in nodes:
            nodes.append(node)
    nodes = nodes[: context.rng.choice((2, 3))]
    if bug and bug.node not in nodes:
        nodes[-1] = bug.node
    if len(nodes) < 2:
        return None
    context.rng.shuffle(nodes)
    shown = ", ".join(nodes[:-1]) + f" and {nodes[-1]}"
    about = facts(context, tested, bug.mutant.good if bug else "")
    session = context.open(
        context.rng.choice(("change", "run")), ask(context, TESTS, about, list=shown), bug.setup if bug else None
    )
    short = [node.split("::")[-1] for node in nodes]
    results: list[str] = []
    for at, node in enumerate(nodes):
        forms = FIRST if not results else [form for form in BETWEEN if "{left}" not in form or at < len(nodes) - 1]
        slots = {"test": short[at], "done": short[at - 1], "outcome": bugs.outcome(results[-1]) if results else ""}
        results.append(
            session.call("run_tests", context.phrases.pick(*forms, **slots, left=_word(len(nodes) - at - 1)), path=node)
        )
        if not bugs.outcome(results[-1]) or "exit" not in results[-1]:
            return None
    red = [name for name, result in zip(short, results, strict=True) if not bugs.is_green(result)]
    if len(red) > 1 or bool(red) != bool(bug):
        return None
    report = ", ".join(f"`{name}` {bugs.outcome(result)}" for name, result in zip(short, results, strict=True))
    session.say(context.phrases.pick(*(RED if red else GREEN), report=report, bad=red[0] if red else ""))
    return session.record("collaboration", SUBCATEGORY, tested.function.group, tested.path)


def reading_progress(context: ExpertContext) -> Example | None:
    """Make a row that measures functions of a file one by one, and reports the number after each."""
    context.workspace.reset()
    file = context.files.draw()
    functions = [function for function in file.functions if not function.is_class]
    if len(functions) < 2:
        return None
    chosen = context.rng.sample(functions, min(len(functions), context.rng.choice((2, 3))))
    names = [f"`{function.name}`" for function in chosen]
    user = ask(
        context, FILES, facts(context, chosen[0]), list=", ".join(names[:-1]) + f" and {names[-1]}", path=file.path
    )
    session = context.open("craft", user)
    sizes: list[str] = []
    for at, function in enumerate(chosen):
        say = context.phrases.pick("First {name}.", "I begin with {name}.", "{name} first.", name=names[at])
        if sizes:
            say = context.phrases.pick(
                "{before} has {size}. Now {name}.", "{size} for {before}; {name} is next.",
                "{before}: {size}. On to {name}.",
                before=names[at - 1], size=sizes[-1], name=names[at],
            )  # fmt: skip
        result = session.call("measure", say, path=file.path, name=function.name)
        if result.startswith("error"):
            return None
        sizes.append(", ".join(result.splitlines()[1].split(", ")[:2]))
    longest = max(range(len(sizes)), key=lambda at: int(sizes[at].split()[0]))
    report = "; ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))
    session.say(
        context.phrases.pick(
            "That is all: {report}. {top} is the longest.", "Done. {report}. The largest of them is {top}.",
            "Complete: {report}. If something is to be split, I'd begin with {top}.", report=report, top=names[longest],
        )
    )  # fmt: skip
    return session.record("collaboration", SUBCATEGORY, file.group, file.path)


def _word(number: int) -> str:
    return {1: "one", 2: "two"}.get(number, "a few")
