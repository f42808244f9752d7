"""Writes rows that find the same thing in several files by one search, and look at each place before judging it."""

from __future__ import annotations

import re

from vibecoder.types import Example
from vibecoder.workspace.tools.by_name import run_tool
from vibecoder_datasets.code.index import File
from vibecoder_datasets.material.context import ExpertContext
from vibecoder_datasets.speech.voices import ask
from vibecoder_datasets.words.answers import places, total

__all__ = ["pattern"]

CATEGORY = "problem-solving"
# What may be the same mistake elsewhere: a regular expression, and what one should know about it.
PATTERNS = (
    (r"== None", "a comparison with None should use `is`"), (r"except:", "a bare except also catches an interrupt"),
    (r"except Exception", "it hides errors nobody thought of"), (r"len\(\w+\) == 0",
     "an empty container is false already"),
    (r"range\(len\(", "enumerate says it more directly"), (r"type\(\w+\) ==", "a subclass fails such a test"),
    (r"\.keys\(\):", "a dict is iterated by its keys anyway"), (r"while True:", "the way out is somewhere inside"),
    (r"warnings\.warn", "each warning needs the right stacklevel"), (r"sorted\(", "sorting fails on mixed types"),
    (r"raise ValueError", "the message should name the value"), (r"raise NotImplementedError",
     "a caller may run into it"),
    (r"raise TypeError", "the message should name the type"), (r"\bdeepcopy\(", "copies of large things are slow"),
    (r"yield from", "the generator is read only once"), (r"is not None", "zero and empty pass such a test"),
    (r"isinstance\(\w+, \(", "the tuple of types must be kept complete"), (r"\blambda \w+:",
     "a loop variable in it is read late"),
    (r"float\(.inf.\)", "infinity compares unequal to nothing"), (r"try:", "only what can fail belongs inside"),
    (r"\bassert ", "such a check is gone under -O"), (r"% 2 == [01]", "negative numbers count too"),
    (r"\.pop\(0\)", "a list moves all that follows"), (r"return None", "every caller must expect it"),
    (r"\bglobal ", "a module's state is shared by all tests"), (r"\*\*kwargs", "a misspelt name goes unnoticed"),
    (r"from functools import", "caches keep their arguments alive"), (r"\.copy\(\)", "such a copy is shallow"),
    (r"max\(.*key=", "an empty input has no maximum"), (r"min\(.*key=", "an empty input has no minimum"),
    (r"next\(iter\(", "an empty input ends it with StopIteration"), (r"if not \w+:", "zero is taken for missing"),
)  # fmt: skip
WISHES = (
    "I just fixed a bug around `{text}` in {path}. Is the same pattern elsewhere in {folder}?",
    "`{text}` caused trouble in {path}. Where else in {folder} do we have it?",
    "Look for the pattern `{text}` in all of {folder}; {path} had a bug there.",
    "After the fix in {path}: check {folder} for more places like `{text}`.",
    "One `{text}` in {path} bit us. Could its siblings under {folder} bite as well?",
    "{path}, line {line}: `{text}`. How many more of these hide in {folder}?",
    "Same mistake, other file? Search {folder} for `{text}`, I repaired the one in {path}.",
    "Are there relatives of the `{text}` at {path}:{line} in {folder}? Look at them, too.",
    "The incident came from `{text}` in {path}. Sweep {folder} for it and show me two.",
    "Compare how {folder} uses `{text}`. I know {path} already.",
)


def pattern(context: ExpertContext) -> Example | None:
    """Make a row that searches a folder, reads two of the places found, and says what they have in common."""
    context.workspace.reset()
    file = context.files.draw()
    drawn = _drawn(context, file)
    if drawn is None:
        return None
    text, lesson, line = drawn
    near = [function.name for function in file.functions if not function.is_class]
    about = [f"The one I know is in `{name}`." for name in near] + [f"`{name}` was the victim." for name in near]
    slots = {"text": text, "path": file.path, "folder": file.folder, "line": str(line)}
    session = context.open(context.rng.choice(("look", "run", "explore")), ask(context, WISHES, about, **slots))
    result = session.call(
        "grep",
        context.phrases.pick("", "One search over the folder.", "I look for all."),
        pattern=text,
        path=file.folder,
    )
    chosen: dict[str, int] = {}
    for path, at, _ in places(result):
        if path != file.path and len(chosen) < 2:
            chosen.setdefault(path, at)
    if len(chosen) < 2:
        return None
    calls = [("read_file", {"path": path, "start": max(1, at - 3), "end": at + 3}) for path, at in chosen.items()]
    session.calls(
        calls,
        context.phrases.pick(
            "A hit is not yet a bug; I look at two.",
            "Two of them from near.",
            "In context:",
            "Let me read before I judge.",
        ),
    )
    one, two = (f"{path}:{at}" for path, at in chosen.items())
    session.say(
        context.phrases.pick(
            "{total} in `{folder}`. I looked at `{one}` and `{two}`: both have `{text}`, and there as in "
            "`{path}`, {lesson}.",
            "Yes, {total}. The same holds for `{one}` and `{two}`: {lesson}. I changed nothing.",
            "`{one}` and `{two}` follow the same pattern ({total} in all). What to check in each: {lesson}.",
            "The pattern comes up often enough: {total}. Begin with `{one}`, then `{two}`; {lesson}.",
            total=total(result), folder=file.folder, one=one, two=two, text=text, path=file.path, lesson=lesson,
        )
    )  # fmt: skip
    return session.record(CATEGORY, "pattern recognition", file.group, file.path)


def _drawn(context: ExpertContext, file: File) -> tuple[str, str, int] | None:
    """Draw a pattern that this file has on some line and two other files of its folder have, too."""
    for text, lesson in context.rng.sample(PATTERNS, len(PATTERNS)):
        lines = [number for number, row in enumerate(file.lines, 1) if re.search(text, row)]
        if lines:
            found = places(run_tool(context.workspace, "grep", {"pattern": text, "path": file.folder}))
            others = {path for path, _, _ in found if path != file.path}
            if len(others) > 1:
                return text, lesson, lines[0]
    return None
