"""Craftsmanship: DRY, SOLID, clean code and refactoring on real functions, tests green before and after."""

from __future__ import annotations

import re
from functools import partial

from vibecoder.types import Example
from vibecoder_datasets.code.edits import replacements
from vibecoder_datasets.experts.craftsmanship.craft_texts import DONE, FIRST, PLAN, READ, THEN, WISHES
from vibecoder_datasets.experts.craftsmanship.native_craft import refit
from vibecoder_datasets.material import bugs, sites
from vibecoder_datasets.material.context import Expert, ExpertContext, Quota
from vibecoder_datasets.speech.voices import ask, facts

__all__ = ["CATEGORY", "QUOTAS", "improve"]

CATEGORY = "craftsmanship"
MOST_EDITED = 44
"""Lines that the edits of a row may have together, so that it is no longer than a model reads."""


def improve(context: ExpertContext, subcategory: str) -> Example | None:
    """Make a row that measures and tests a function, reads it, names what is wrong, edits it and checks it again."""
    found = sites.draw(context, subcategory)
    if found is None:
        return None
    site, better, path = found.site, found.improvement, found.function.path
    edits = replacements(site.text, better.change.hunks)
    if edits is None or sum(len((old + new).splitlines()) for old, new in edits) > MOST_EDITED:
        return None
    what, done = better.change.what, better.change.done
    slots = {"name": site.name, "path": path, "case": found.test, "trouble": context.rng.choice(better.kind.trouble)}
    slots["short"] = re.split("::|/", found.test)[-1]
    session = context.open("craft", ask(context, WISHES[subcategory], facts(context, found.function), **slots))
    looks = [("measure", {"path": path, "name": site.name}), ("run_tests", {"path": found.test})]
    first, before = session.calls(looks, context.phrases.pick(*FIRST, **slots))
    if not bugs.is_green(before) or str(better.before) not in first:
        return None
    say = context.phrases.pick(*READ, **slots)
    session.call("read_file", say, path=path, start=found.code, end=site.node.end_lineno)
    for hunk in better.change.hunks:  # what changes elsewhere in the file is read as well
        if hunk.last > hunk.first and not site.node.lineno <= hunk.first + 1 <= (site.node.end_lineno or 0):
            session.call("read_file", path=path, start=max(1, hunk.first), end=hunk.last + 1)
    say = context.phrases.pick(*PLAN, what=what, What=what[0].upper() + what[1:])
    calls = [("edit_file", {"path": path, "old": old, "new": new}) for old, new in edits]
    if any(not result.startswith("edited") for result in session.calls(calls, say)):
        return None
    last, after = session.calls(looks, context.phrases.pick(*THEN))
    if not bugs.is_green(after) or bugs.outcome(after) != bugs.outcome(before) or str(better.after) not in last:
        return None
    field = better.kind.field
    session.say(
        context.phrases.pick(
            *DONE,
            **slots,
            done=done,
            Done=done[0].upper() + done[1:],
            before=better.before.label(field),
            after=better.after.label(field),
            outcome=bugs.outcome(after),
            public=last.rsplit("[", 1)[1].split(" in ")[0],
        )
    )
    return session.record(CATEGORY, subcategory, found.function.group, path)


def _improve(subcategory: str) -> Expert:
    expert = partial(improve, subcategory=subcategory)
    expert.__name__ = f"improve_{subcategory.replace(' ', '_')}"  # type: ignore[attr-defined]
    return expert


def _refit(subcategory: str, language: str) -> Expert:
    expert = partial(refit, subcategory=subcategory, language=language)
    expert.__name__ = f"refit_{language}"  # type: ignore[attr-defined]
    return expert


QUOTAS = tuple(
    Quota(subcategory, count, expert, projects)
    for subcategory, python, rust, typescript, go in (
        ("dry", 91, 6, 2, 1),
        ("solid", 89, 6, 3, 2),
        ("clean code", 88, 6, 3, 3),
        ("refactoring", 88, 6, 3, 3),
    )
    for count, expert, projects in (
        (python, _improve(subcategory), ()),
        (rust, _refit(subcategory, "rust"), ("native",)),
        (typescript, _refit(subcategory, "typescript"), ("native",)),
        (go, _refit(subcategory, "go"), ("native",)),
    )
)
