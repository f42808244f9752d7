"""Holds what is said around the refactoring of a Rust, TypeScript or Go function."""

from __future__ import annotations

__all__ = ["FACTS", "FINAL", "NO_RUN", "RUN", "WISHES"]

WISHES = {
    "any": (
        "`{name}` in {path} could be better. Improve it; `{run}` is how we test here.",
        "Please go over `{name}` ({path}) and change what you don't like, behaviour aside. We run `{run}`.",
        "{path} has `{name}`, which nobody likes to read. Make it nicer and check with `{run}` if you can.",
        "One small refactoring of `{name}` from {path}, please, measured before and after. Tests: `{run}`.",
    ),
    "dry": (
        "There is repetition in `{name}`, {path}. Write it once. `{run}` runs the tests.",
        "Can `{name}` be made DRY? The file is {path}, the check is `{run}`.",
        "I fixed a bug in one half of `{name}` and forgot the other. Remove the doubling in {path}, then `{run}`.",
    ),
    "solid": (
        "`{name}` in {path} has to be edited for every new wish. Make that end; `{run}` must pass.",
        "Apply SOLID to `{name}` ({path}) where it pays. We test with `{run}`.",
        "`{name}` does too much or knows too much, look at {path}. Keep its signature and run `{run}`.",
    ),
    "clean code": (
        "Clean up `{name}` in {path}, readable names and no riddles. `{run}` after that.",
        "What in `{name}` would puzzle a newcomer? Fix it in {path}; `{run}` for the tests.",
        "Make {path} kinder to readers, starting with `{name}`. The tests run by `{run}`.",
    ),
    "refactoring": (
        "Simplify `{name}` in {path}. Its tests: `{run}`.",
        "`{name}` takes more lines than its idea does. Shorten it in {path} and run `{run}`.",
        "Flatten or shorten `{name}`, whichever fits ({path}). `{run}` should be green throughout.",
    ),
}
FACTS = (
    'Its comment says "{purpose}".', "`{name}` has {size} lines.", 'What it is for: "{purpose}".',
    "{size} lines for that seem many to me.", '"{purpose}" is all that its author wrote.',
    "It was the first thing I wrote in this language, {size} lines of it.",
)  # fmt: skip
RUN = (
    "Measure and tests first.", "A baseline: the numbers of `{name}` and the tests.", "", "First I see how it stands.",
    "Before I edit, both checks.", "Where do we start from?",
)  # fmt: skip
NO_RUN = (
    "I can't run `{run}` here, so I measure and let the parser check the file.",
    "There is no tool here that runs `{run}`; I go by the parser and the numbers.",
    "The toolchain behind `{run}` is not on this machine. I measure, and say so at the end.",
)
FINAL = {
    "executed": (
        "{Done}. `{name}` went from {before} to {after}; `{run}` is green before and after, and {public} remain.",
        "In short: {done}. {before} became {after}, the tests pass as before.",
        "`{name}` has {after} now instead of {before}: {done}. `{run}` was green on both sides of the edit.",
        "Better: {done}. Measured: {before} before, {after} after. {public} as ever, tests green.",
    ),
    "parsed": (
        "{Done}. `{name}` went from {before} to {after}, and the file parses with {public} as before. "
        "I could not run `{run}` here, so please do.",
        "{before} became {after}: {done}. The file parses, but the tests have not run; `{run}` is yours to start.",
        "Done as far as I can tell: {done}. From {before} to {after}. It parses and keeps {public}; "
        "whether it passes, only `{run}` can say.",
        "{Done} ({before} before, {after} now). Parsed, not executed: `{run}` still has to confirm it.",
    ),
}
