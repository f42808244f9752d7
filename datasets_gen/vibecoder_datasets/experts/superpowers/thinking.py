"""Superpowers rows on thinking: when stuck, scale game, inversion, collision zone, simplification cascades."""

from __future__ import annotations

import ast

from vibecoder.types import Example
from vibecoder.workspace.lab import module_of
from vibecoder_datasets.code.tested import Tested
from vibecoder_datasets.experts.problem_solving.checking import inversion_row
from vibecoder_datasets.experts.problem_solving.fixing import stuck_row
from vibecoder_datasets.experts.problem_solving.scale import scale_row
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.inflations import inflations
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.skills import with_skill
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["collision", "inversion", "scale_game", "simplification", "stuck"]

CATEGORY, SUBCATEGORY = "superpowers", "problem-solving"


def stuck(context: ExpertContext) -> Example | None:
    """Make a row in which a first idea does not help and another way does."""
    return stuck_row(context, CATEGORY, SUBCATEGORY, with_skill("when-stuck"))


def scale_game(context: ExpertContext) -> Example | None:
    """Make a row that counts executed lines at growing sizes."""
    return scale_row(context, CATEGORY, SUBCATEGORY, with_skill("scale-game"))


def inversion(context: ExpertContext) -> Example | None:
    """Make a row that turns a line into its opposite and sees what breaks."""
    return inversion_row(context, CATEGORY, SUBCATEGORY, with_skill("inversion"))


LONG = (
    "`{name}` in {path} feels longer than it has to be. Simplify it; {test} must stay green.",
    "There must be one idea behind all the lines of `{name}`. Find it and cut. Tests: {test}.",
    "Can `{name}` lose some lines without losing a test of {test}?",
    "Every case in `{name}` looks special to me. Are they? ({path}, {test})",
    "Reduce `{name}`. I don't mind how, as long as {test} agrees.",
    "What would `{name}` look like if somebody had seen the pattern? {path}, checked by {test}.",
    "Make {path} smaller, start with `{name}`, prove it with {test}.",
    "I wrote `{name}` in a hurry. Which pieces of it are unnecessary? {test} tells.",
    "Simplify `{name}` for me. One insight is worth more than ten small edits. {test} covers it.",
)  # fmt: skip


def simplification(context: ExpertContext) -> Example | None:
    """Make a row that removes several lines by one insight; the tests are green before and after."""
    tested = draw_tested(context)
    found = inflations(context.workspace, tested.function) if tested else []
    found = [one for one in found if one.saved > 1]
    if tested is None or not found:
        return None
    chosen = max(context.rng.sample(found, len(found)), key=lambda one: one.saved)
    text = context.workspace.text(tested.path)
    longer = text.replace(chosen.plain, chosen.long, 1)
    if longer.count(chosen.long) != 1:
        return None
    slots = {"name": tested.name, "path": tested.path, "test": tested.test}
    about = [fact for fact in facts(context, tested) if "lines" not in fact and chosen.plain.strip() not in fact]
    session, say = with_skill("simplification-cascades")(
        context, "repair", ask(context, LONG, about, must=[tested.test], **slots), {tested.path: longer}
    )
    seen = bugs.read_function(
        session, tested.function, say or context.phrases.pick("I list what is there.", "First the code.")
    )
    before = session.call(
        "run_tests", context.phrases.pick("Green to begin with?", "The tests before I touch it.", ""), path=tested.test
    )
    if not bugs.is_green(before) or chosen.long not in seen:
        return None
    say = context.phrases.pick(
        "The insight: {insight}.", "What looks like several pieces is one: {insight}.",
        "One rule is behind it, for {insight}.",
        "Here it collapses: {insight}.", insight=chosen.insight,
    )  # fmt: skip
    session.call("edit_file", say, path=tested.path, old=chosen.long, new=chosen.plain)
    after = session.call("run_tests", path=tested.test)
    if bugs.outcome(after) != bugs.outcome(before):
        return None
    session.say(
        context.phrases.pick(
            "`{name}` is shorter: `{short}` does what {many} did. {test}: {green}, as before.",
            "I dropped {many}; `{short}` is enough, because {insight}. {green} before and after.",
            "`{short}` stands in place of {many}. Same results: {green}.",
            name=tested.name, short=chosen.plain.strip(), test=tested.test, green=bugs.outcome(after),
            insight=chosen.insight,
            many=context.phrases.pick("the lines around it", "several lines", "the longer form"),
        )
    )  # fmt: skip
    return session.record(CATEGORY, SUBCATEGORY, tested.function.group, tested.path)


CLASH = (
    "What if `{one}` were `{two}`? I need a fresh idea for {path}.",
    "Collide `{one}` with `{two}` and tell me what comes out.",
    "Wild thought: treat the input of `{two}` as if it were made for `{one}`.",
    "`{one}` and `{two}` have nothing in common. Or do they? Try it.",
    "I'm bored with `{one}`. Cross it with `{two}` and see.", "Play with me: `{one}` on what `{two}` usually gets.",
    "Could `{one}` learn something from `{two}`? Don't theorise, run something.",
    "Mix `{one}` ({path}) with `{two}`. Nonsense is allowed.",
)  # fmt: skip


def collision(context: ExpertContext) -> Example | None:
    """Make a row that runs two unrelated functions on the same input."""
    one, two = draw_tested(context), draw_tested(context)
    if one is None or two is None or one.path == two.path:
        return None
    mine, other = _arguments(context, one), _arguments(context, two)
    needs = {call.count(",") for call in mine}
    other = [call for call in other if call.count(",") in needs]  # a wrong number of arguments teaches nothing
    if not other:
        return None
    given = context.rng.choice(other)
    slots = {"one": one.name, "two": two.name, "path": one.path}
    session, say = with_skill("collision-zone")(
        context, "trial", ask(context, CLASH, facts(context, one) + facts(context, two), **slots), {}
    )
    bugs.read_function(session, one.function, say or "What is the first one?")
    bugs.read_function(session, two.function, "And the other:")
    imports = f"from {module_of(one.path)} import {one.name}\nfrom {module_of(two.path)} import {two.name}\n"
    expected = session.call(
        "run_python", f"What `{two.name}` makes of its own input:", code=f"{imports}print({two.name}({given}))"
    )
    result = session.call("run_python", f"Now the same for `{one.name}`:", code=f"{imports}print({one.name}({given}))")
    if "exit" in expected or "\n" in expected or "`" in expected + result or "[no output]" in result:
        return None
    error = result.splitlines()[0] if "[exit" in result else ""
    meaning = (
        f"They clash: `{error}`. So the idea breaks at the kind of input; what `{one.name}` would need first is "
        f"a translation."
        if error
        else f"They meet: on `{given}` the one gives `{expected}`, the other `{result}`. "
        + (f"The same value, which makes `{given}` a case both should have in their tests." if result == expected
           else "The same input, two readings of it; that difference is the idea to follow.")
    )  # fmt: skip
    session.say(meaning)
    return session.record(CATEGORY, SUBCATEGORY, one.function.group, one.path)


def _arguments(context: ExpertContext, tested: Tested) -> list[str]:
    """Return the plain arguments that the tests of a function call it with."""
    text = context.workspace.text(tested.test)
    found = []
    for node in ast.walk(context.workspace.tree(tested.test)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == tested.name
            and not node.keywords
        ):
            source = ", ".join(ast.get_source_segment(text, argument) or "" for argument in node.args)
            plain = not any(
                isinstance(inner, ast.Name | ast.Starred | ast.Lambda)
                for argument in node.args
                for inner in ast.walk(argument)
            )
            if plain and 0 < len(source) < 50 and "\n" not in source:
                found.append(source)
    return found
