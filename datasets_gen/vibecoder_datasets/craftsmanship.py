"""Craftsmanship: DRY, SOLID, clean code and refactoring, with tests that are green before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vibecoder.types import Example
from vibecoder_datasets import bugs
from vibecoder_datasets.kit import Expert, Kit
from vibecoder_datasets.refactorings import SMELLS

__all__ = ["rows"]

CATEGORY = "craftsmanship"
ASKS = {
    "dry": (
        "{path} repeats itself. Remove the repetition; {test} must stay green.",
        "Make {path} DRY without changing what it does ({test}).",
        "I think something is written twice in {path}. Tidy it up, tests in {test}.",
        "Apply DRY to {path}. Tests: {test}.",
        "Is there duplication in {path}? If so, remove it and keep {test} passing.",
    ),
    "solid": (
        "`{name}` in {path} must be edited for every new kind. Make it open for extension; tests in {test}.",
        "Apply the open-closed principle to `{name}` in {path}. {test} must stay green.",
        "The if chain in {path} keeps growing. Turn it into a table and check {test}.",
        "Refactor `{name}` ({path}) so that a new kind needs no new branch. Tests: {test}.",
        "SOLID, please: `{name}` in {path} should not change for new kinds. {test} covers it.",
    ),
    "clean code": (
        "Clean up `{name}` in {path}; {test} must stay green.",
        "{path} could be cleaner. Improve one thing and run {test}.",
        "Something in {path} hurts my eyes. Clean it, tests are in {test}.",
        "Make `{name}` in {path} easier to read, without changing what it does. Tests: {test}.",
        "Boy-scout rule: leave {path} a bit cleaner. Check with {test}.",
    ),
    "refactoring": (
        "Simplify `{name}` in {path}; {test} must stay green.",
        "Refactor `{name}` ({path}) to fewer lines, same behaviour. Tests in {test}.",
        "`{name}` in {path} is more complicated than it needs to be. Simplify it and run {test}.",
        "Shorten `{name}` in {path} and prove with {test} that nothing changed.",
        "Please refactor `{name}` in {path}. {test} covers it.",
    ),
}


def improve(subcategory: str) -> Expert:
    """An expert that reads, names the smell, edits, and runs the tests before and after."""

    def expert(kit: Kit) -> Example | None:
        kit.workspace.reset()
        function = kit.functions.draw()
        test = bugs.test_of(function.path)
        smells = [smell for make in SMELLS[subcategory] if (smell := make(kit, function)) is not None]
        if not smells:
            return None
        smell = kit.rng.choice(smells)
        user = kit.phrases.pick(*ASKS[subcategory], name=function.name, path=function.path, test=test)
        session = kit.open("change", user, {function.path: smell.text})
        text, before = session.calls([("read_file", {"path": function.path}), ("run_tests", {"path": test})])
        if not bugs.is_green(before) or any(old not in text for old, _ in smell.edits):
            return None
        say = kit.phrases.pick(
            "I see it: {what}.",
            "The tests are green, so I can start: {what}.",
            "One thing stands out: {what}.",
            what=smell.what,
        )
        for old, new in smell.edits:
            if session.call("edit_file", say, path=function.path, old=old, new=new).startswith("error"):
                return None
            say = ""
        after = session.call("run_tests", path=test)
        if not bugs.is_green(after):
            return None
        lines = len(smell.text.splitlines()) - len(kit.workspace.text(function.path).splitlines())
        session.say(
            kit.phrases.pick(
                "Done: {done}.", "In `{path}` {done}.", "Better now: {done}.", done=smell.done, path=function.path
            )
            + f" {test}: {bugs.outcome(after)}, as before."
        )
        if subcategory == "refactoring" and lines < 1:
            return None
        return session.record(CATEGORY, subcategory, function.group, function.path)

    expert.__name__ = subcategory
    return expert


def rows(kits: Mapping[str, Kit]) -> Iterator[Example]:
    """All craftsmanship rows."""
    for subcategory, count in (("dry", 8), ("solid", 8), ("clean code", 12), ("refactoring", 12)):
        yield from kits["samples"].rows(improve(subcategory), count)
