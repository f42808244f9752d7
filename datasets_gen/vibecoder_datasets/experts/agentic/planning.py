"""Agentic rows that write a plan from what the code shows, then follow it: a rename, a guard with its test."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from vibecoder.types import Example
from vibecoder.workspace.lab import module_of
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.code.tested import Tested, body
from vibecoder_datasets.material import bugs
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.material.session import Session
from vibecoder_datasets.material.tested import draw_tested
from vibecoder_datasets.speech.voices import ask, facts
from vibecoder_datasets.words.answers import places

__all__ = ["Guard", "draw_guard", "guarding", "renaming"]

CATEGORY = "agentic"
MAX_PLACES = 5
RENAME = (
    "Rename `{name}` to `{new}`. It is in {path}. Plan first, then do it.",
    "I want `{name}` ({path}) to be called `{new}`, everywhere. Tell me the steps before you take them.",
    "Plan and carry out: `{name}` becomes `{new}`. Check with {test}.",
    "`{name}` is a bad name, `{new}` is better. Find every use, list the steps, change them, run {test}.",
    "Give `{name}` the name `{new}` and miss no use of it. {test} must stay green.",
    "Could you turn `{name}` into `{new}` across the project? First a plan with all places.",
    "We agreed on `{new}` in place of `{name}` ({path}). Please plan that rename and follow the plan.",
    "From now on `{name}` shall be `{new}`. Break it into steps, one per place, then finish with {test}.",
    "How many places change when `{name}` becomes `{new}`? Plan it, do it, prove it by {test}.",
)
PREFIXES = {
    "is_": "check_if_", "get_": "find_", "compute_": "calculate_", "find_": "search_", "has_": "owns_", "to_": "into_",
    "make_": "build_", "from_": "built_from_", "count_": "number_of_", "generate_": "produce_", "all_": "every_",
}  # fmt: skip


def renaming(context: ExpertContext) -> Example | None:
    """Make a row that renames a function by a plan of all places, found by its references."""
    tested = draw_tested(context)
    if tested is None or tested.name.startswith("__"):
        return None
    name, workspace = tested.name, context.workspace
    new = next((other + name.removeprefix(old) for old, other in PREFIXES.items() if name.startswith(old)), "")
    new = new or f"{context.rng.choice(('compute', 'make', 'the', 'new', 'plain'))}_{name}"
    if not 2 <= sum(text.count(name) for text in map(workspace.text, workspace.files)) <= MAX_PLACES + 2:
        return None  # asking for references takes longer
    uses = [(path, line) for path, line, _ in places(run_tool(workspace, "references", {"name": name}))]
    edits = _edits(context, tested, new, uses)
    if edits is None:
        return None
    slots = {"name": name, "new": new, "path": tested.path, "test": tested.test}
    session = context.open("rework", ask(context, RENAME, facts(context, tested.function), **slots))
    opening = context.phrases.pick("First, where it is.", "I look for all places.", "Every use, before I plan.", "")
    session.calls([("definition", {"name": name}), ("references", {"name": name})], opening)
    steps = [f"{number}. `{path}`, line {line}" for number, (path, line, _, _) in enumerate(edits, 1)]
    plan = "Plan:\n" + "\n".join([*steps, f"{len(edits) + 1}. run {tested.test}"])
    for number, (path, _, old, changed) in enumerate(edits, 1):
        say = plan + "\nStep 1:" if number == 1 else f"Step {number}:"
        if session.call("edit_file", say, path=path, old=old, new=changed) != f"edited {path}":
            return None
    result = session.call("run_tests", f"Step {len(edits) + 1}:", path=tested.test)
    if not bugs.is_green(result):
        return None
    session.say(
        context.phrases.pick(
            "The plan is done: `{new}` stands in every place where `{name}` was, and {test} gives {green}.",
            "All steps taken. `{name}` is `{new}` now; {green}.",
            "Renamed. The places were those of the plan, and {test} confirms it: {green}.",
            **slots,
            green=bugs.outcome(result),
        )
    )
    return session.record(CATEGORY, "planning", tested.function.group, tested.path)


def _edits(
    context: ExpertContext, tested: Tested, new: str, uses: list[tuple[str, int]]
) -> list[tuple[str, int, str, str]] | None:
    """Return (path, line, old text, new text) of the definition and each use; None where one can't change alone."""
    name = tested.name
    word = re.compile(rf"\b{name}\b")
    all_places = sorted({(tested.path, tested.function.line), *uses})
    if not 2 <= len(all_places) <= MAX_PLACES or not any(path == tested.test for path, _ in uses):
        return None
    found = []
    for path, number in all_places:
        text = context.workspace.text(path)
        lines = text.splitlines()
        old = lines[number - 1].strip()
        if len(word.findall(text)) != sum(place == path for place, _ in all_places) or text.count(old) != 1:
            return None  # also named in a comment, a string or twice on a line
        found.append((path, number, old, word.sub(new, old)))
    return found if len({old for _, _, old, _ in found}) == len(found) else None


@dataclass(frozen=True, slots=True)
class Guard:
    """Describes an argument that a function shall refuse: the statement to put before `anchor`, and a test for it."""

    tested: Tested
    argument: str
    error: str
    anchor: str
    code: str
    test: str
    test_text: str

    @property
    def slots(self) -> dict[str, str]:
        return {
            "name": self.tested.name, "path": self.tested.path, "old_test": self.tested.test,
            "argument": self.argument, "error": self.error, "test": self.test,
        }  # fmt: skip


def draw_guard(context: ExpertContext) -> Guard | None:
    """Draw a tested function whose first argument has no default, and write a guard that refuses None for it."""
    tested = draw_tested(context, longest=30)
    if tested is None:
        return None
    tree = context.workspace.tree(tested.path)
    node = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == tested.name), None)
    if node is None or not node.args.args or node.args.posonlyargs or node.args.defaults[len(node.args.args) - 1 :]:
        return None
    required = len(node.args.args) - len(node.args.defaults)
    lines = context.workspace.text(tested.path).splitlines()
    first, _ = body(context.workspace, tested.function)
    anchor = lines[first - 1]
    if first == tested.function.line or context.workspace.text(tested.path).count(anchor.strip()) != 1:
        return None
    argument, error = node.args.args[0].arg, context.rng.choice(("ValueError", "TypeError"))
    indent = anchor[: len(anchor) - len(anchor.lstrip())]
    code = f'{indent}if {argument} is None:\n{indent}    raise {error}("{argument} must not be None")\n{anchor}'
    folder = PurePosixPath(tested.test).parent.as_posix()
    given = ", ".join(["None"] * max(1, required))
    text = (
        f"import pytest\n\nfrom {module_of(tested.path)} import {tested.name}\n\n\n"
        f"def test_{tested.name}_refuses_none():\n"
        f'    with pytest.raises({error}, match="{argument} must not be None"):\n'
        f"        {tested.name}({given})\n"
    )
    return Guard(tested, argument, error, anchor, code, f"{folder}/test_{tested.name}_none.py", text)


GUARD = (
    "`{name}` in {path} shall raise {error} when `{argument}` is None, with a test {test}. Plan, then do it.",
    "Plan this and carry it out: None for `{argument}` of `{name}` ({path}) is a {error}. New test: {test}.",
    "Guard `{name}` against `{argument}` being None: {error}, tested in {test}. Steps first.",
    "I'd like {error} from `{name}` if somebody passes None as `{argument}`. Make a plan, follow it; the test "
    "goes to {test}.",
    "Break it down and do it: {path}, `{name}`, refuse None for `{argument}` by {error}. Prove it in {test}.",
    "Callers pass None to `{name}` as `{argument}`. That must be a {error}. Plan with tests ({test}), then the change.",
    "Please plan: {test} expects {error} when `{argument}` is None, then `{name}` in {path} does so. Then go.",
)  # fmt: skip


def guarding(context: ExpertContext) -> Example | None:
    """Make a row that adds a guard by a plan: what is green now, a test that fails, the guard, everything green."""
    guard = draw_guard(context)
    if guard is None:
        return None
    session = context.open(
        "repair", ask(context, GUARD, facts(context, guard.tested), must=[guard.tested.test], **guard.slots)
    )
    tested = guard.tested
    text = bugs.read_function(
        session, tested.function, context.phrases.pick("I look at it first.", "", "First the code.")
    )
    if guard.anchor not in text:
        return None
    plan = (
        f"Plan:\n1. write {guard.test}, which expects {guard.error}\n2. see it fail\n"
        f"3. in `{tested.name}`, raise {guard.error} before `{guard.anchor.strip()}`\n4. run {guard.test}\n"
        f"5. run {tested.test}\nStep 1:"
    )
    if not carry_out(session, guard, plan):
        return None
    last, before = (bugs.outcome(session.messages[at]["content"]) for at in (-1, -3))
    session.say(
        context.phrases.pick(
            "The plan is done. `{name}` raises {error} for None ({before}), and {old_test} is as it was: {last}.",
            "All steps taken: {test} went from red to green, {old_test} gives {last}.",
            "`{name}` refuses None as `{argument}` now. New test: {before}; the others: {last}.",
            **guard.slots,
            before=before,
            last=last,
        )
    )
    return session.record(CATEGORY, "planning", tested.function.group, tested.path)


def carry_out(session: Session, guard: Guard, say: str) -> bool:
    """Write the test, see it fail, add the guard, see it pass, and run the old tests; False if a run goes otherwise."""
    session.call("write_file", say, path=guard.test, content=guard.test_text)
    if not bugs.failing(session.call("run_tests", "Step 2:", path=guard.test)):
        return False
    session.call("edit_file", "Step 3:", path=guard.tested.path, old=guard.anchor.strip(), new=guard.code.lstrip())
    if not bugs.is_green(session.call("run_tests", "Step 4:", path=guard.test)):
        return False
    return bugs.is_green(session.call("run_tests", "Step 5:", path=guard.tested.test))
